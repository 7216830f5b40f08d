"""What stands on the terminal, and in which order: on a pipe, byte by byte."""

import asyncio
import os
import re

import pytest

from com1d.frontends.session.streams import Output
from com1d.frontends.terminal import screen as screen_module
from com1d.frontends.terminal.answers import QUESTION
from com1d.frontends.terminal.encodings import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON
from com1d.frontends.terminal.screen import HELD_BYTES, PAGE_OFF, PAGE_ON, Screen


class Show:
    """A screen whose output can be read."""

    def __init__(self, *, colour: bool = False, dumb: bool = False) -> None:
        self._near, far = os.pipe()
        os.set_blocking(self._near, False)
        self.output = Output(far)
        os.close(far)
        self.screen = Screen(self.output, self.output, colour=colour, dumb=dumb)
        assert self.shown() == BRACKETED_PASTE_ON

    def shown(self) -> bytes:
        """Give what has been written since the last time."""
        try:
            return os.read(self._near, 1 << 20)
        except BlockingIOError:
            return b""

    async def close(self) -> None:
        await self.screen.close()
        os.close(self._near)


def above(text: str) -> bytes:
    """Give what puts a line above that of the cursor."""
    return b"\n\x1b[1A\x1b7\x1b[m\r\x1b[1L[com1: " + text.encode() + b"]\x1b8\x1b[1B"


@pytest.fixture
async def show():
    show = Show()
    yield show
    await show.close()


async def test_output_is_shown_as_it_is(show):
    """Guest bytes are not touched."""
    await show.screen.guest(bytes(range(256)))

    assert show.shown() == bytes(range(256))


async def test_output_waits_while_the_menu_is_drawn(show):
    """It follows the menu's end in order; notices come then, too."""
    show.screen.show(("n NMI", "q quit"))
    drawn = show.shown()
    await show.screen.guest(b"one ")
    show.screen.notice("notice")
    await show.screen.guest(b"two")
    assert b"n NMI | q quit" in drawn
    assert show.shown() == b""
    show.screen.hide()

    assert show.shown() == b"\x1b[m\r\x1b[2K\x1b8one two" + above("notice")


async def test_what_is_held_is_bounded(show):
    """Beyond the bound the guest's output waits where it comes from."""
    show.screen.show(("menu",))
    await show.screen.guest(bytes(HELD_BYTES))
    waiting = asyncio.ensure_future(show.screen.guest(b"more"))
    await asyncio.sleep(0)
    assert not waiting.done()
    show.screen.hide()
    shown = b""
    while not waiting.done():
        shown += show.shown()
        await asyncio.sleep(0)

    assert (shown + show.shown()).endswith(b"more")


async def test_the_same_notice_again_only_rings(show):
    """A key held down in the wrong place does not fill the screen."""
    show.screen.notice("not sent")
    show.screen.notice("not sent")
    await show.screen.guest(b".")
    show.screen.notice("not sent")

    assert show.shown() == above("not sent") + b"\a." + above("not sent")


async def test_the_terminal_is_asked_when_a_replay_ends(show, monkeypatch):
    """Answers wait for the answer to our own question, and not longer than the patience."""
    monkeypatch.setattr(screen_module, "PATIENCE", 0.01)
    show.screen.replay_ends()
    assert show.shown() == b""
    show.screen.replay_begins()
    assert show.screen.answers.closed
    show.screen.replay_ends()
    assert show.shown() == QUESTION
    async with asyncio.timeout(30):
        while show.screen.answers.closed:
            await asyncio.sleep(0.001)


async def test_a_guest_cannot_switch_pastes_off(show):
    """What its shell switches off is switched on again behind it."""
    await show.screen.guest(b"$ " + BRACKETED_PASTE_OFF)

    assert show.shown() == b"$ " + BRACKETED_PASTE_OFF + BRACKETED_PASTE_ON


async def test_colours_are_put_back():
    """Notices are set off from the guest's text, and leave its colours alone."""
    show = Show(colour=True)
    show.screen.notice("x")

    assert b"\x1b[7m[com1: x]\x1b[27m" in show.shown()
    await show.close()


async def test_a_full_screen_is_not_spoilt(show, monkeypatch):
    """A notice stands below it for a moment, and what the program prints meanwhile follows."""
    monkeypatch.setattr(screen_module, "FLASH_SECONDS", 0.01)
    await show.screen.guest(b"\x1b[?1049h vi")
    show.shown()
    show.screen.notice("anna says: hello")
    assert b"[com1: anna says: hello]" in show.shown()
    await show.screen.guest(b"more")
    shown = b""
    async with asyncio.timeout(30):
        while b"more" not in shown:
            await asyncio.sleep(0.001)
            shown += show.shown()
    assert b"\x1b[m\r\x1b[2K\x1b8more" == shown


async def test_a_page_of_our_own(show):
    """The terminal keeps the guest's screen behind it; what comes meanwhile is shown after it."""
    await show.screen.guest(b"$ ")
    show.screen.page(b"page")
    await show.screen.guest(b"out")
    assert show.shown() == b"$ " + PAGE_ON + b"page"
    show.screen.unpage()
    assert show.shown() == PAGE_OFF + b"out"


async def test_a_page_in_front_of_a_full_screen(show):
    """Its picture is painted again, and of what was held only what comes behind it."""
    await show.screen.guest(b"\x1b[?1049h vi")
    show.shown()
    show.screen.page(b"page")
    await show.screen.guest(b"0123")
    show.shown()
    show.screen.unpage(b"picture", 3)
    assert show.shown() == b"\x1b[m\x1b[?25hpicture3"


async def test_a_terminal_that_only_writes():
    """With TERM=dumb nothing moves the cursor."""
    show = Show(dumb=True)
    show.screen.notice("x")
    show.screen.show(("n NMI", "q quit"))
    show.screen.hide()
    assert show.shown() == b"\r\n[com1: x]\r\n\r\nn NMI | q quit\r\n"
    await show.close()


async def test_times_before_new_lines(show):
    """They are put before what the guest prints, and not into a full screen."""
    show.screen.stamps.turn()
    await show.screen.guest(b"\r\nnew")
    assert re.fullmatch(rb"\r\n\d\d:\d\d:\d\d new", show.shown())
    await show.screen.guest(b"\x1b[?1049h")
    await show.screen.guest(b"\r\nvi")
    assert show.shown() == b"\x1b[?1049h\r\nvi"
