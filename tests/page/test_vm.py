"""What the toolbar does to a VM, with the simulated Windows behind it."""

import asyncio

import pytest
from playwright.async_api import expect

from control.hypervisor import Hypervisor, running
from house import PATIENCE


pytestmark = pytest.mark.one_loop

MENU = b"\x1b[2J\x1b[1;1H         GNU GRUB  version 2.06-13+deb12u1\r\n\r\n *Debian GNU/Linux\r\n"


async def test_f8_is_held_until_the_menu(web, stage):
    """F8 is pressed again and again until the boot menu is there, and then no more."""
    async with web.person() as anna:
        with stage.guest("lin02") as guest:
            await anna.opens("lin02")
            await stage.up("lin02")
            await anna.picks("Keys", "Hold F8")
            assert await guest.typed(10) == b"\x1b[19~" * 2
            guest.print(MENU)
            await anna.told("F8 was held until: boot-menu")
            await anna.sees("GNU GRUB")
            await anna.picks("Keys", "^F8$")
            pressed = len(guest.typed_now())
            assert pressed % 5 == 0


async def test_held_keys_are_let_go(web, stage):
    """Let go, no key is pressed any more."""
    async with web.person() as anna:
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            await anna.picks("Keys", "Hold F8")
            await guest.typed(5)
            await anna.page.get_by_role("button", name="Let go").click()
            await anna.told("F8 was let go")
            await anna.types("x")
            typed = b""
            while not typed.endswith(b"x"):
                typed += await guest.typed(1)


async def test_an_nmi_stops_windows(web):
    """The NMI is explained and asked for; the blue screen and what it means are shown."""
    async with web.person() as anna:
        await anna.opens("web02")
        await anna.sees("SAC>")
        await anna.picks("Send", "NMI")
        await expect(anna.page.get_by_role("dialog")).to_contain_text("writes a crash dump")
        await anna.answers("Send NMI")
        await expect(anna.page.locator(".state").first).to_have_text("Windows stopped")
        await anna.goes("log?name=web02")
        await expect(anna.page.locator(".lines .mark.nmi")).to_contain_text("anna sent an NMI")
        await expect(anna.page.locator(".lines .mark.panic")).to_contain_text("Windows stopped")


async def test_reset_and_restart(web, stage):
    """Each says what it does to the guest, and asks; the steps of a restart are told."""
    hypervisor = Hypervisor(stays=True)
    async with running(stage.folder / "guests" / "lin02.chv", hypervisor), web.person() as anna:
        with stage.guest("lin02"):
            await stage.up("lin02")
            await anna.opens("lin02")
            await anna.picks("Power", "Reset")
            await expect(anna.page.get_by_role("dialog")).to_contain_text("The guest is not asked")
            await anna.answers("Cancel")
            await anna.picks("Power", "Reset")
            await anna.answers("Reset")
            await anna.told("The VM was reset")
            await anna.picks("Power", "Restart")
            await expect(anna.page.get_by_role("dialog")).to_contain_text("asked to shut down")
            await anna.answers("Restart")
            async with asyncio.timeout(PATIENCE):
                while "power-button" not in hypervisor.asked:
                    await asyncio.sleep(0.01)
            hypervisor.shut_down()
            await anna.told("The VM has restarted")
            assert hypervisor.asked == ["reboot", "power-button", "boot"]
