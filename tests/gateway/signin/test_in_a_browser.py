"""Signing in with a real browser: what it does with cookies between two sites."""

import re

import pytest
from playwright.async_api import expect

from com1d.gateway.settings.values import Address
from gateway.portal import opened
from gateway.providers import free_port, mock, secretly
from page.stage import build, launched


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(240)]


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """Build the page."""
    build()


async def test_at_an_identity_provider(run_dir, tmp_path):
    """From the page to the provider, another site, and back to the console; and out at both."""
    port = free_port()
    url = Address("http", "localhost", port, "/com1/")
    settings = {"url": url, "listen": ("127.0.0.1", port)}
    with mock(tmp_path) as issuer:
        tables = secretly(issuer, tmp_path)
        async with (
            opened(run_dir, "vm", settings=settings, tables=tables) as portal,
            launched() as browser,
        ):
            guest = portal.house.guest("vm").start()
            page = await browser.new_page()
            await page.goto(f"{url.text}console?name=vm")
            await page.get_by_role("link", name=re.compile("your organisation")).click()
            assert page.url.startswith(issuer)
            await page.locator("input[name=sub]").first.fill("anna")
            await page.locator("button[type=submit]").first.click()
            await page.wait_for_url(f"{url.text}console?name=vm")
            await expect(page.locator(".standing")).to_have_text(re.compile("You type"))
            assert "com1-sign-in" not in await page.evaluate("document.cookie")

            await page.get_by_role("button", name="anna").click()
            await page.get_by_role("button", name="Sign out").click()
            await page.wait_for_url(re.compile(f"^{issuer}/oauth2/end_session"))
            await page.goto(url.text)
            assert 401 == await page.evaluate("fetch('session').then((one) => one.status)")
            guest.stop()


async def test_by_a_link_to_a_console(run_dir):
    """What `com1 open` prints leads to the console, and leaves no token in the address."""
    port = free_port()
    url = Address("http", "127.0.0.1", port, "/")
    settings = {"url": url, "listen": ("127.0.0.1", port)}
    async with opened(run_dir, "vm", settings=settings) as portal, launched() as browser:
        guest = portal.house.guest("vm").start()
        page = await browser.new_page()
        link = (await portal.link("anna&view=console%3Fname%3Dvm"))["url"]
        await page.goto(link)
        await expect(page.locator(".standing")).to_have_text(re.compile("You type"))
        assert f"{url.text}console?name=vm" == page.url
        await page.goto(url.text)
        await page.goto((await portal.link("bert"))["url"])
        told = page.get_by_role("dialog", name="Somebody else is signed in here")
        await expect(told).to_contain_text("anna, and the link is bert's. Sign out")
        guest.stop()
