"""What comes faster than it is shown, is not looked at, or is read aloud."""

import re

import pytest
from playwright.async_api import expect


pytestmark = pytest.mark.one_loop

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
"""A browser without a screen never hides a page, so the test says for it that it did."""


async def test_what_is_lost_is_in_the_log(web, stage):
    """Bytes that came too fast are counted, and a link leads to them in the log."""
    async with web.person() as anna:
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            lines = "".join(f"line {number} of a burst\r\n" for number in range(100000))
            await guest.print_all(lines.encode())
            notice = anna.page.locator(".notice[data-kind=lost]")
            await expect(notice).to_contain_text("of output are missing here")
            await notice.get_by_role("link").click()
            await expect(anna.page.locator("p.current")).to_be_in_viewport()
            await expect(anna.page.locator("p.current")).to_contain_text("of a burst")


@pytest.mark.parametrize(("lines", "whole"), [(100, True), (9000, False)])
async def test_a_hidden_page_comes_back_where_it_was(web, stage, lines, whole):
    """A little is fetched and shown in full; of much the screen is painted, and said so."""
    async with web.person() as anna:
        with stage.guest("lin02") as guest:
            await anna.opens("lin02")
            await stage.up("lin02")
            rows = anna.page.locator(".xterm-rows")
            await anna.page.evaluate(HIDE, True)
            number = 0
            while True:  # it gives up its parser a moment later
                guest.print(f"look {number}\r\n".encode())
                try:
                    await expect(rows).to_contain_text(f"look {number}", timeout=700)
                except AssertionError:
                    break
                number += 1
            text = "".join(f"line {count:05}\r\n" for count in range(lines))
            await guest.print_all(text.encode() + b"last\r\n")
            offset = (await stage.ask("lin02"))["offset"]
            await anna.page.evaluate(HIDE, False)
            await expect(rows).to_contain_text(f"line {lines - 2:05}line {lines - 1:05}last")
            guest.print(b"on\r\n")
            await expect(rows).to_contain_text("laston")
            notice = anna.page.locator(".notice[data-kind=missed]")
            await expect(notice).to_have_count(0 if whole else 1)
            assert (await stage.ask("lin02"))["offset"] == offset + 4


async def test_output_is_read_aloud(web, stage):
    """With a screen reader, what is new is said politely, and the terminal's own region is calm."""
    async with web.person() as anna:
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            await anna.page.get_by_role("button", name="View", exact=True).click()
            await anna.page.get_by_label("Read output aloud").check()
            await anna.page.keyboard.press("Escape")
            guest.print(b"the answer is 42\r\n")
            await expect(anna.page.get_by_role("status").first).to_contain_text("the answer is 42")
            await expect(anna.page.locator("[aria-live=assertive]")).to_have_count(0)
            await anna.picks("View", "Reading view")
            text = anna.page.get_by_role("region", name="Screen of lin01")
            await expect(text).to_contain_text("the answer is 42")


async def test_colours_are_right_under_the_policy(web, stage):
    """The policy against scripts lets the terminal's colours through, and nothing else is tried."""
    async with web.person() as anna:
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            guest.print(b"\x1b[2J\x1b[H\x1b[31mred\x1b[0m <img src=x onerror=alert(1)> plain\r\n")
            await anna.sees("<img src=x onerror=alert(1)>")
            red = anna.page.locator(".xterm-rows span", has_text=re.compile("^red$"))
            assert await red.evaluate("it => getComputedStyle(it).color") == "rgb(242, 119, 122)"
            assert await anna.page.locator("img").count() == 0
