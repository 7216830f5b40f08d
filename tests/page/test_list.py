"""The list of consoles in the browser."""

import re

import pytest
from playwright.async_api import expect


pytestmark = pytest.mark.one_loop


async def test_it_lives(web, stage):
    """A VM that starts, its state, and who is on are seen without loading the page again."""
    async with web.person("anna") as anna, web.person("ben") as ben:
        await anna.goes("")
        row = anna.page.locator(".rows li", has_text="lin02")
        await expect(row.locator(".state")).to_have_text("Not running")
        with stage.guest("lin02") as guest:
            await stage.up("lin02")
            guest.print(b"\r\nlin02 login: ")
            await expect(row.locator(".state")).to_have_text("Login")
            await expect(row.locator(".line")).to_have_text("lin02 login:")
            await ben.opens("lin02")
            await expect(row.locator(".person")).to_have_text("ben")
        await expect(row.locator(".state")).to_have_text("Not running")


async def test_filters(web):
    """The filter looks at names and states, and its address can be sent to somebody."""
    async with web.person() as anna:
        rows = anna.page.locator(".rows li:visible")
        await anna.page.get_by_role("searchbox").fill("web0")
        await expect(rows).to_have_count(2)
        await expect(anna.page.locator(".count")).to_have_text("2 of 4")
        await expect(anna.page).to_have_url(re.compile("filter=web0"))
        await anna.page.reload()
        await expect(rows).to_have_count(2)
        await anna.page.get_by_label("State", exact=True).select_option("down")
        await expect(anna.page.get_by_text("No console is like that")).to_be_visible()


async def test_only_visible_consoles_are_shown(web, stage):
    """Somebody without a role sees none, and learns whom to ask."""
    async with web.person("dora") as dora:
        await expect(dora.page.get_by_text("There is no console that you may see")).to_be_visible()
        dora.expected += "|404"
        await dora.goes("console?name=web01")
        await expect(dora.page.get_by_role("heading", name="no console")).to_be_visible()


async def test_by_keyboard_alone(web):
    """From the link to a command's output, out of the terminal, and back, without a mouse."""
    async with web.person() as anna:
        keys = anna.page.keyboard
        await keys.type("web02")
        await expect(anna.page.locator(".rows li:visible")).to_have_count(1)
        await keys.press("Enter")
        await anna.stands("You type")
        await anna.sees("SAC>")
        await keys.type("ch\r")
        await anna.sees("Channel List")
        await keys.press("Control+F6")
        await expect(anna.page.get_by_role("button", name="Keys")).to_be_focused()
        await keys.press("Enter")
        await expect(anna.page.get_by_role("button", name="F8", exact=True)).to_be_focused()
        await keys.press("ArrowRight")
        await expect(anna.page.get_by_role("button", name="Esc", exact=True)).to_be_focused()
        await keys.press("Escape")
        for _ in range(20):
            if await anna.page.evaluate("document.activeElement.closest('.host') !== null"):
                break
            await keys.press("Tab")
        await keys.type("?\r")
        await anna.sees("Lock access to Command Prompt")
        await keys.press("Control+F6")
        for name in ("People", "Only watch", "Consoles"):
            await keys.press("Shift+Tab")
            await expect(anna.page.locator(":focus")).to_contain_text(name)
        await keys.press("Enter")
        await expect(anna.page.get_by_role("searchbox")).to_be_focused()
        await keys.press("ArrowDown")
        await keys.press("End")
        await expect(anna.page.locator(":focus")).to_have_text("web02")
