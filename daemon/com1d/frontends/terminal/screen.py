"""The user's screen: the guest's output, notices, and the menu below the cursor."""

import asyncio
import os
import re
import time
from typing import Final

from com1d.frontends.session.streams import Output
from com1d.frontends.terminal.answers import PATIENCE, AnswerGate
from com1d.frontends.terminal.encodings import BRACKETED_PASTE_ON
from com1d.frontends.terminal.modes import GuestModes
from com1d.frontends.terminal.overlay import Overlay, cut, fold, wrap
from com1d.frontends.terminal.sizing import COLUMNS, ROWS
from com1d.frontends.terminal.stamps import Stamps


HELD_BYTES: Final = 65536
"""Output held while the menu is drawn. Beyond it the rest waits with the daemon, as it does for
any client that does not read."""

FLASH_SECONDS: Final = 4.0
"""How long a notice stands below a full-screen program, which it would otherwise spoil: long enough
for two lines to be read."""

BELL: Final = b"\a"

SEQUENCE_BYTES: Final = 64
"""Bytes of the longest sequence in common use, a colour for example."""
_UNFINISHED: Final = re.compile(
    rb"(?:\x1b(?:\[[0-?]*[ -/]*|[]P^_X][^\x07\x1b]*|[ -/]*)?"
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)
"""A sequence or character of which the rest is yet to come: nothing may be put in between."""
UNFINISHED_SECONDS: Final = 0.5
"""How long it is waited for."""

PAGE_ON: Final = b"\x1b[?1049h\x1b[m\x1b[?25l"
PAGE_OFF: Final = b"\x1b[m\x1b[?25h\x1b[?1049l"
"""A page of one's own, in front of the screen, which the terminal keeps meanwhile."""


class Screen:
    """Writes all of it to the terminal in the right order.

    `guest_output` and `own_output` are the same object unless the guest's output is redirected;
    notices and menu go to stderr then.
    """

    def __init__(
        self, guest_output: Output, own_output: Output, *, colour: bool, dumb: bool = False
    ) -> None:
        self.answers = AnswerGate()
        self.stamps = Stamps()
        """Times before the guest's lines."""
        self._guest_output = guest_output
        self._own = own_output
        self._overlay = Overlay(colour=colour)
        self._colour = colour
        self._dumb = dumb
        """Whether the terminal can only write, as TERM=dumb says."""
        self._modes = GuestModes()
        self._held = bytearray()
        self._later: list[str] = []
        """Lines of notices that wait until what is drawn has gone."""
        self._released = asyncio.Event()
        self._released.set()
        self._paged = False
        """Whether the guest's picture is not on the screen, but a page of ours or a shell's."""
        self.pictured = False
        """Whether the guest has drawn a picture, a boot menu's, that a line would push apart."""
        self._flash: asyncio.TimerHandle | None = None
        self._last_notice = ""
        self._tail = b""
        """The end of the guest's output."""
        self._own.put(BRACKETED_PASTE_ON)

    @property
    def full_screen(self) -> bool:
        """Whether a program of the guest has the whole screen now."""
        return self._modes.alternate

    async def guest(self, data: bytes) -> None:
        """Show the guest's output, or hold it while the menu is drawn."""
        self._last_notice = ""
        while not self._released.is_set() and len(self._held) >= HELD_BYTES:
            await self._released.wait()
        if self._hides:
            self._held += data
            return
        self._show_guest(data)
        await self._guest_output.drained()

    @property
    def _hides(self) -> bool:
        """Whether something of ours stands on the screen."""
        return self._overlay.drawn or self._paged

    def _show_guest(self, data: bytes) -> None:
        if self._guest_output is not self._own:
            self._guest_output.put(data)
            return
        shown = data
        if self.stamps.on and not self.full_screen:
            shown = self.stamps.feed(data, time.strftime("%H:%M:%S"))
        self._own.put(shown)
        self._own.put(self._modes.observe(data))
        self._tail = (self._tail + data)[-SEQUENCE_BYTES:]
        if self._later and not self._hides and not _UNFINISHED.search(self._tail):
            self._say_later()

    def notice(self, text: str) -> None:
        """Show one line above that of the cursor; the same one twice in a row only rings."""
        if text == self._last_notice:
            self._own.put(BELL)
            return
        self._last_notice = text
        lines = fold(f"[com1: {text}]", self.size()[1])
        if self._dumb or self._guest_output is not self._own:
            self._own.put("".join(f"\r\n{line}" for line in lines).encode() + b"\r\n")
        elif self._hides:
            self._later += lines
        elif _UNFINISHED.search(self._tail):
            self._later += lines
            asyncio.get_running_loop().call_later(UNFINISHED_SECONDS, self._say_later)
        else:
            self._say(lines)

    def _say_later(self) -> None:
        """Say what had to wait."""
        later, self._later = self._later, []
        if later and self._hides:
            self._later = later
        elif later:
            self._say(later)

    def _say(self, lines: list[str]) -> None:
        """Put lines above that of the cursor or, for a moment, below a full-screen program."""
        if self.pictured and not self.full_screen:
            self._say_at_the_bottom(lines)
            return
        if not self.full_screen:
            self._own.put(self._overlay.above(lines, self.size()[1]))
            return
        self._show(lines[-self._room :])
        self._flash = asyncio.get_running_loop().call_later(FLASH_SECONDS, self.hide)

    def _say_at_the_bottom(self, lines: list[str]) -> None:
        """Say it for a moment in the last rows, which boot menus leave empty."""
        rows = self.size()[0]
        self._own.put(self._overlay.bottom(lines, rows))
        erasing = self._overlay.bottom([""] * len(lines), rows)
        asyncio.get_running_loop().call_later(FLASH_SECONDS, self._own.put, erasing)

    def replay_begins(self) -> None:
        """Hold back the terminal's answers while old output is replayed."""
        self.answers.close()

    def replay_ends(self) -> None:
        """Let answers pass again as soon as the terminal has processed the replay."""
        if self.answers.closed:
            self._own.put(self.answers.ask())
            asyncio.get_running_loop().call_later(PATIENCE, self.answers.open)

    def show(self, parts: tuple[str, ...]) -> None:
        """Draw the menu, or something in its place."""
        self._show(wrap(list(parts), self.size()[1], self._room))

    def show_lines(self, lines: tuple[str, ...]) -> None:
        """Draw these, a line each, as many as there is room for."""
        self._show(cut(list(lines), self.size()[1])[: self._room])

    @property
    def _room(self) -> int:
        """Rows that can be drawn on, below the one of the cursor."""
        return max(1, self.size()[0] - 2)

    def _show(self, lines: list[str]) -> None:
        self._stop_flash()
        if self._dumb:
            self._own.put("".join(f"\r\n{line}" for line in lines).encode() + b"\r\n")
            return
        self._released.clear()
        self._own.put(self._overlay.draw(lines))

    def hide(self) -> None:
        """Erase what is drawn, and show what was held meanwhile."""
        self._stop_flash()
        self._own.put(self._overlay.erase())
        if not self._paged:
            self._release()

    def _release(self) -> None:
        held, self._held = bytes(self._held), bytearray()
        self._show_guest(held)
        self._released.set()
        self._say_later()

    def _stop_flash(self) -> None:
        if self._flash is not None:
            self._flash.cancel()
            self._flash = None

    def page(self, content: bytes) -> None:
        """Show a page of our own in front of everything; `unpage` takes it away."""
        if not self._paged:
            self._hold()
            self._own.put(b"\x1b[m\x1b[?25l" if self.full_screen else PAGE_ON)
        self._own.put(content)

    def _hold(self) -> None:
        """Let the guest's output wait until `unpage`."""
        self.hide()
        self._paged = True
        self._released.clear()

    def unpage(self, picture: bytes = b"", behind: int = 0) -> None:
        """Take the page away, or come back from a shell.

        `picture` paints the guest's screen again where no terminal kept it, as it is `behind` so
        many bytes of what was held meanwhile.
        """
        if self._paged:
            self._paged = False
            self._own.put(b"\x1b[m\x1b[?25h" + picture if picture else PAGE_OFF)
            del self._held[:behind]
            self._release()

    def pause(self) -> None:
        """Give the terminal back for a while, as for a shell; `resume` takes it again."""
        self._hold()
        self._own.put(self._modes.farewell() + b"\r\n")

    def resume(self) -> None:
        """Take the terminal again; `unpage` shows the guest's screen."""
        self._own.put(BRACKETED_PASTE_ON)

    async def close(self) -> None:
        """Erase the menu and undo what the guest did to the terminal's modes."""
        self.unpage()
        self.hide()
        self._own.put(self._modes.farewell() + b"\r\n")
        await self._guest_output.close()
        if self._own is not self._guest_output:
            await self._own.close()

    def size(self) -> tuple[int, int]:
        """Give the terminal's rows and columns, or the usual ones where it does not say."""
        try:
            size = os.get_terminal_size(self._own.fd)
        except OSError:
            return ROWS, COLUMNS
        return size.lines or ROWS, size.columns or COLUMNS
