"""A real Linux in the browser: a shell, a long paste, SysRq, a reset, and the boot played again."""

import pytest
from playwright.async_api import expect

from guests.qemu import PASSWORD, USER, Guest
from page.stage import chromium, staged


pytestmark = [pytest.mark.guest, pytest.mark.timeout(300)]

PASTING = 150.0
"""Seconds that a slow guest may take to echo what is pasted."""

CONSOLE = """
[consoles.vm]
port = "pipe:{folder}/guests/vm"
control = "qmp:{folder}/guests/control.qmp"
guest = "linux"
"""


async def test_a_day_with_linux():
    """Log in, paste more than fits at once, ask the kernel, reset, and look at the boot before."""
    with staged(CONSOLE) as stage:
        guests = stage.folder / "guests"
        async with (
            Guest(f"pipe:{guests}/vm", guests, kernel="quiet com1d.login=1") as _,
            chromium(stage) as web,
            web.person() as anna,
        ):
            await anna.opens("vm")
            await log_in(anna)
            await paste(anna)
            await anna.picks("Send", "^SysRq")
            await anna.page.get_by_role("textbox", name="Keys").fill("h")
            await anna.answers("Send")
            await anna.sees("sysrq: HELP")
            await anna.picks("Power", "Reset")
            await anna.answers("Reset")
            await anna.told("The VM was reset")
            await anna.sees("guest login:")
            await anna.page.get_by_role("link", name="Log").click()
            boots = anna.page.get_by_label("Boot", exact=True)
            await expect(boots.locator("option").first).to_contain_text("reset")
            await boots.select_option("-1")
            await anna.page.get_by_role("searchbox").fill("count=3000")
            await expect(anna.page.locator("p.current")).to_contain_text("count=3000")


async def log_in(anna) -> None:
    await anna.sees("guest login:")
    await anna.types(f"{USER.decode()}\r")
    await anna.sees("Password:")
    await anna.types(f"{PASSWORD.decode()}\r")
    await anna.sees("guest# ")


async def paste(anna) -> None:
    """Paste 3000 characters in lines; each is compared with the echo, and progress is shown."""
    await anna.types("cat > /tmp/text\r")
    lines = "".join(f"{number:09}\n" for number in range(300))
    await anna.pastes(lines)
    await expect(anna.page.get_by_role("dialog")).to_contain_text("3,000 characters")
    await anna.answers("Send it in parts")
    await expect(anna.page.get_by_role("progressbar")).to_be_visible()
    await anna.sees("000000299", PASTING)
    await expect(anna.page.get_by_role("progressbar")).to_be_hidden()
    await anna.types("\x04echo count=$(wc -c < /tmp/text)\r")
    await anna.sees("count=3000")
