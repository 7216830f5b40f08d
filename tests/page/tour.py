"""Every view, panel and dialog of the page, one after the other, with something to see in each."""

from collections.abc import AsyncIterator

from playwright.async_api import expect

from page.stage import Chromium, Person


BOOT = """\
\x1b[2J\x1b[H[    0.000000] Linux version 6.1.0-27-cloud-amd64 (gcc-12 (Debian 12.2.0-14))
[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 console=ttyS0,115200
[    0.401207] smpboot: CPU0: AMD EPYC 7543 32-Core Processor (family: 0x19)
[    0.812655] virtio_blk virtio1: [vda] 41943040 512-byte logical blocks
[    1.204419] EXT4-fs (vda1): mounted filesystem with ordered data mode
[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39msystemd-journald\x1b[0m - Journal Service.
[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39mlocal-fs\x1b[0m - Local File Systems.
[\x1b[0;1;31mFAILED\x1b[0m] Failed to start \x1b[0;1;39mcertbot.service\x1b[0m - Certbot.
[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39mssh\x1b[0m - OpenBSD Secure Shell server.

Debian GNU/Linux 12 lin01 ttyS0

lin01 login: """


async def tour(web: Chromium, person: Person) -> AsyncIterator[str]:
    """Lead a person through the page; give the name of each stop when it is there."""
    page, stage = person.page, person.stage
    with stage.guest("lin01") as guest:
        await stage.up("lin01")
        guest.print(BOOT.replace("\n", "\r\n").encode())
        await person.goes("")
        await expect(page.locator(".rows li")).to_have_count(4)
        await expect(page.locator("li", has_text="lin01").locator(".line")).to_have_text(
            "lin01 login:"
        )
        yield "list"
        await page.get_by_role("searchbox").fill("nothing is like this")
        yield "list-empty"
        async for stop in _console(person):
            yield stop
        async for stop in _sharing(web, person):
            yield stop
        async for stop in _log(person):
            yield stop
        await person.goes("grid?names=web01,lin01,web02,lin02")
        await expect(page.locator(".cell").first.locator(".xterm-rows")).to_contain_text("SAC>")
        await page.locator(".cell").nth(1).scroll_into_view_if_needed()
        await expect(page.locator(".cell").nth(1).locator(".xterm-rows")).to_contain_text("login:")
        yield "grid"


async def _console(person: Person) -> AsyncIterator[str]:
    page = person.page
    await person.opens("lin01")
    await person.sees("lin01 login:")
    yield "console-linux"
    await person.opens("web01")
    await person.sees("SAC>")
    await person.types("ch\r")
    await person.sees("Channel List")
    yield "console-windows"
    for menu in ("Keys", "Send", "Power", "View", "People"):
        await page.get_by_role("button", name=menu, exact=True).click()
        await expect(page.locator(":popover-open")).to_be_visible()
        yield f"menu-{menu.lower()}"
        await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Search", exact=True).click()
    await page.get_by_role("searchbox").fill("SAC")
    await expect(page.locator(".search .found")).to_contain_text("of")
    yield "search"
    await page.keyboard.press("Escape")
    await person.picks("Send", "NMI")
    yield "dialog-nmi"
    await person.answers("Cancel")
    await person.pastes("a long line of text, again and again. " * 80)
    yield "dialog-paste"
    await person.answers("Cancel")
    await person.picks("View", "Reading view")
    yield "dialog-reading"
    await person.answers("Close")


async def _sharing(web: Chromium, person: Person) -> AsyncIterator[str]:
    async with web.person("ben") as ben:
        await ben.goes("console?name=web01")
        await ben.stands("You watch; anna types")
        await ben.picks("People", "Ask anna")
        await person.told("ben asks you")
        yield "asked"
        await ben.page.get_by_role("button", name="Take over").click()
        await expect(person.page.get_by_role("button", name="Take it back")).to_be_visible()
        yield "preempted"


async def _log(person: Person) -> AsyncIterator[str]:
    page = person.page
    await person.goes("log?name=lin01")
    await expect(page.locator(".lines")).to_contain_text("Linux version")
    yield "log"
    await page.get_by_role("searchbox").fill("OK")
    await expect(page.locator(".found")).to_contain_text("of")
    yield "log-search"
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(page.locator(".player .xterm-rows")).to_contain_text("login:")
    yield "player"
