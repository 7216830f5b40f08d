"""Signing in, in a real browser, at real providers."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from gateway.providers import CLIENT, certified
from page.stage import chromium, staged


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(180)]

CALLBACK = "sign-in/oidc/callback"


async def test_at_the_certified_provider(tmp_path):
    """One signs in at the provider, consents there, and is at the console that one asked for."""
    secret = tmp_path / "secret"
    secret.write_text("not so secret\n")
    with staged() as stage, certified(tmp_path, stage.url + CALLBACK) as issuer:
        stage.set_up_gateway(
            f'[oidc]\nname = "Example"\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n'
            f'client_secret = "{secret}"\nuser_claim = "sub"\n'
        )
        async with chromium(stage) as web, web.person(None) as anna:
            await consent(anna)


async def consent(anna) -> None:
    """Sign in as the provider asks for it."""
    anna.expected += "|404"  # the provider's own pages
    await anna.goes("console?name=web02")
    await anna.page.get_by_role("link", name="Sign in with Example").click()
    await anna.page.get_by_role("textbox").nth(0).fill("anna")
    await anna.page.get_by_role("textbox").nth(1).fill("any")
    await anna.page.get_by_role("button").first.click()
    await anna.page.get_by_role("button", name="Continue").click()
    await anna.stands("You type")
    await expect(anna.page).to_have_url(re.compile(r"console\?name=web02$"))


async def test_a_link_works_once(web, stage):
    """The second browser that opens a link is told so, and the token is in no address."""
    link = await asyncio.to_thread(stage.link, "anna")
    async with web.person(None) as anna, web.person(None) as thief:
        await anna.page.goto(link)
        await expect(anna.page.get_by_role("heading", name="Consoles")).to_be_visible()
        await expect(anna.page).to_have_url(stage.url)
        thief.expected += "|403"
        await thief.page.goto(link)
        await expect(thief.page.get_by_text("This link is used up")).to_be_visible()
        assert "#" not in thief.page.url


async def test_a_sign_in_that_ends_leads_back_to_the_sign_in(web):
    """Signed out in one tab, the other one asks to sign in, too."""
    async with web.person() as anna:
        other = await anna.page.context.new_page()
        await other.goto(anna.stage.url + "console?name=web01")
        await expect(other.locator(".standing")).to_have_text("You type")
        await anna.page.get_by_role("button", name="anna").click()
        await anna.page.get_by_role("button", name="Sign out").click()
        await expect(anna.page.get_by_text("com1-web link")).to_be_visible()
        await expect(other.get_by_text("com1-web link")).to_be_visible()
