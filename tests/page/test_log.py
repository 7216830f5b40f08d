"""The boot diagnostics log in the browser: as text, followed, and played again."""

import re

import pytest
from playwright.async_api import expect


pytestmark = pytest.mark.one_loop

KERNEL = b"[    0.000000] Linux version 6.1.0-27-cloud-amd64 (gcc-12)\r\n"


async def test_text_with_times_and_marks(web, stage):
    """Lines have their times; sessions stand between them; a search leads from match to match."""
    async with web.person() as anna:
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            guest.print(KERNEL + b"first needle\r\nhay\r\nsecond needle\r\n")
            await anna.sees("second needle")
            await anna.page.get_by_role("link", name="Log").click()
            lines = anna.page.locator(".lines p")
            await expect(anna.page.locator(".mark.session")).to_contain_text("anna types from here")
            times = await lines.locator("time").all_text_contents()
            assert all(re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", time) for time in times)
            search = anna.page.get_by_role("searchbox")
            await search.fill("needle")
            await expect(anna.page.locator(".found")).to_have_text("2 of 2")
            await search.press("Enter")
            await expect(anna.page.locator(".found")).to_have_text("1 of 2")
            await expect(anna.page.locator("p.current")).to_contain_text("first needle")
            await expect(anna.page.locator("p.current mark")).to_have_text("needle")


async def test_the_session_goes_on_while_the_log_is_read(web, stage):
    """Looking at the log of a console gives nothing away: the way back leads to the same screen."""
    async with web.person() as anna:
        with stage.guest("lin02") as guest:
            await anna.opens("lin02")
            await stage.up("lin02")
            guest.print(b"before\r\n")
            await anna.sees("before")
            await anna.page.get_by_role("link", name="Log").click()
            await expect(anna.page.locator(".lines")).to_contain_text("before")
            guest.print(b"meanwhile\r\n")
            await expect(anna.page.locator(".lines")).to_contain_text("meanwhile")
            await anna.page.get_by_role("link", name="Console", exact=True).click()
            await anna.sees("meanwhile")
            await anna.types("x")
            assert await guest.typed(1) == b"x"


async def test_a_boot_is_played_again(web, stage):
    """Played, the terminal shows what it showed then; the slider goes back to the beginning."""
    async with web.person() as anna:
        with stage.guest("lin01") as guest:
            await stage.up("lin01")
            before = KERNEL + b"\x1b[2J"  # of the same moment as the first step
            for number in range(3):
                guest.print(before + f"\x1b[1;1Hstep {number}".encode())
                before = b""
                await anna.goes("console?name=lin01&mode=observe")
                await anna.sees(f"step {number}")
            await anna.goes("log?name=lin01&play=true")
            screen = anna.page.locator(".player .xterm-rows")
            await expect(screen).to_contain_text("step 2")
            await expect(screen).not_to_contain_text("step 0")
            slider = anna.page.get_by_role("slider")
            await slider.focus()
            await slider.press("Home")
            await expect(screen).to_contain_text("step 0")
            await slider.press("End")
            await expect(screen).to_contain_text("step 2")


async def test_a_link_to_an_offset(web, stage):
    """The address names a byte, whichever boot it is in, and its line is marked."""
    async with web.person() as anna:
        with stage.guest("lin02") as guest:
            await stage.up("lin02")
            before = (await stage.ask("lin02"))["offset"]
            guest.print(b"a line\r\nwanted\r\n" + KERNEL + b"another boot\r\n" * 300)
            await anna.goes(f"log?name=lin02&from={before + 8}")
            await expect(anna.page.locator("p.current")).to_contain_text("wanted")
            await expect(anna.page.locator("p.current")).to_be_in_viewport()
