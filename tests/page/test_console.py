"""A console in the browser: typing, keys, pasting, and sharing it."""

import re

import pytest
from playwright.async_api import expect


pytestmark = pytest.mark.one_loop


async def test_a_command_runs(web):
    """What is typed reaches Windows, and its answer is on the screen."""
    async with web.person() as anna:
        await anna.opens("web01")
        await anna.sees("SAC>")
        await anna.types("ch\r")
        await anna.sees("Channel List")


async def test_a_second_browser_takes_over_and_the_first_takes_it_back(web):
    """The newest types; who was before is told by whom and when, and Enter takes it back."""
    async with web.person("anna") as anna, web.person("ben") as ben:
        await anna.opens("web01")
        await ben.goes("console?name=web01")
        await ben.stands("You watch; anna types")
        await ben.page.get_by_role("button", name="Take over").click()
        await ben.stands("You type")
        await expect(
            anna.page.get_by_role("heading", name=re.compile(r"ben took over at \d\d:\d\d"))
        ).to_be_visible()
        await anna.page.keyboard.press("Enter")
        await anna.stands("You type")
        await expect(ben.page.get_by_role("heading", name="anna took over at")).to_be_visible()


async def test_asking_for_the_seat(web):
    """Who watches asks, and who types hands over with one button."""
    async with web.person("anna") as anna, web.person("ben") as ben:
        await anna.opens("web02")
        await ben.goes("console?name=web02")
        await ben.stands("You watch")
        await ben.picks("People", "Ask anna")
        await ben.stands("You wait")
        await anna.page.get_by_role("button", name="Hand it over to ben").click()
        await ben.stands("You type")


async def test_a_menu_does_not_move_under_the_finger(web):
    """What happens while a button of a menu is pressed is shown when it is let go."""
    async with web.person("anna") as anna, web.person("carl") as carl:
        await anna.opens("web02")
        await anna.page.get_by_role("button", name="People", exact=True).click()
        panel = anna.page.locator(":popover-open")
        await panel.get_by_role("button", name="Leave the console").hover()
        await anna.page.mouse.down()
        await carl.goes("console?name=web02&mode=observe")
        await carl.stands("You watch; anna types")
        await anna.page.mouse.up()
        await anna.stands("Not connected")


async def test_an_observer_types_nothing(web, stage):
    """A key of somebody who watches goes nowhere, and the page says so."""
    with stage.guest("lin01") as guest:
        async with web.person("carl") as carl:
            await carl.goes("console?name=lin01&mode=observe")
            await carl.stands("You watch")
            guest.print(b"hello\r\n")
            await carl.sees("hello")
            await carl.page.locator(".xterm-helper-textarea").focus()
            await carl.types("x")
            await carl.told("You only watch")
            assert guest.typed_now() == b""


async def test_paste_of_2048_and_of_2049(web, stage):
    """A paste at the limit passes as it is; one character more is counted, and sent in parts."""
    with stage.guest("lin02") as guest:
        async with web.person() as anna:
            await anna.opens("lin02")
            await stage.up("lin02")
            await anna.pastes("a" * 2048)
            assert await guest.typed(2048) == b"a" * 2048
            await expect(anna.page.get_by_role("progressbar")).to_be_hidden()
            await anna.pastes("b" * 2049)
            await expect(anna.page.get_by_role("dialog")).to_contain_text("2,049 characters")
            await anna.answers("Cancel")
            assert guest.typed_now() == b""


async def test_a_guest_never_types_by_what_it_prints(web, stage):
    """A terminal answers questions live in the active session; no replay, and no observer's."""
    with stage.guest("lin01") as guest:
        await stage.up("lin01")
        guest.print(b"before\x1b[6n\x1b[c\x1b[>c\x1b]10;?\x07\x1bP$qm\x1b\\\r\n")
        async with web.person() as anna:
            await anna.goes("console?name=lin01&mode=observe")
            await anna.sees("before")
            guest.print(b"watched\x1b[6n\r\n")
            await anna.sees("watched")
            await anna.page.get_by_role("button", name="Type here").click()
            await anna.stands("You type")
            assert guest.typed_now() == b""
            guest.print(b"\x1b[H\x1b[6n")
            assert await guest.typed(6) == b"\x1b[1;1R"


async def test_a_guest_may_not_write_the_clipboard(web, stage):
    """OSC 52 asks the user first, with the text that would be copied."""
    with stage.guest("lin02") as guest:
        async with web.person() as anna:
            await anna.opens("lin02")
            guest.print(b"\x1b]52;c;cm0gLXJmIC8=\x07")
            await expect(anna.page.get_by_role("dialog")).to_contain_text("rm -rf /")
            await anna.answers("Do not copy")
            guest.print(b"\x1b]52;c;?\x07still here\r\n")
            await anna.sees("still here")
            assert guest.typed_now() == b""
