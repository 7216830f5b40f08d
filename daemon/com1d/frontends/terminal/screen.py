"""The user's screen: the guest's output, notices, and the menu below the cursor."""

import asyncio
import os
from typing import Final

from com1d.frontends.session.streams import Output
from com1d.frontends.terminal.answers import PATIENCE, AnswerGate
from com1d.frontends.terminal.escape import BRACKETED_PASTE_ON
from com1d.frontends.terminal.modes import GuestModes
from com1d.frontends.terminal.overlay import Overlay, wrap
from com1d.frontends.terminal.sizing import COLUMNS, ROWS


HELD_BYTES: Final = 65536
"""Output held while the menu is drawn. Beyond it the rest waits with the daemon, as it does for
any client that does not read."""

BELL: Final = b"\a"


class Screen:
    """Writes all of it to the terminal in the right order.

    `guest_output` and `own_output` are the same object unless the guest's output is redirected;
    notices and menu go to stderr then.
    """

    def __init__(self, guest_output: Output, own_output: Output, *, colour: bool) -> None:
        self.answers = AnswerGate()
        self._guest_output = guest_output
        self._own = own_output
        self._overlay = Overlay(colour=colour)
        self._colour = colour
        self._modes = GuestModes()
        self._held = bytearray()
        self._released = asyncio.Event()
        self._released.set()
        self._last_notice = ""
        self._own.put(BRACKETED_PASTE_ON)

    async def guest(self, data: bytes) -> None:
        """Show the guest's output, or hold it while the menu is drawn."""
        self._last_notice = ""
        while not self._released.is_set() and len(self._held) >= HELD_BYTES:
            await self._released.wait()
        if self._overlay.drawn:
            self._held += data
            return
        self._show_guest(data)
        await self._guest_output.drained()

    def _show_guest(self, data: bytes) -> None:
        self._guest_output.put(data)
        if self._guest_output is self._own:
            self._own.put(self._modes.observe(data))

    def notice(self, text: str) -> None:
        """Show one line between the guest's lines; the same one twice in a row only rings."""
        if text == self._last_notice:
            self._own.put(BELL)
            return
        self._last_notice = text
        begin, end = (b"\x1b[7m", b"\x1b[27m") if self._colour else (b"", b"")
        line = b"\r\n" + begin + f"[com1: {text}]".encode() + end + b"\r\n"
        if self._overlay.drawn:
            self._held += line
        else:
            self._own.put(line)

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
        self._released.clear()
        self._own.put(self._overlay.draw(wrap(list(parts), self.size()[1])))

    def hide(self) -> None:
        """Erase the menu and show what was held meanwhile."""
        self._own.put(self._overlay.erase())
        held, self._held = bytes(self._held), bytearray()
        self._show_guest(held)
        self._released.set()

    async def close(self) -> None:
        """Erase the menu and undo what the guest did to the terminal's modes."""
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
