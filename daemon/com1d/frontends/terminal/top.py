"""`com1 top` at a terminal: the table, drawn anew every second, and its keys."""

import asyncio
import os
import re
import signal
from typing import Any, Final

from com1d.frontends.session.concurrently import first_of, in_thread
from com1d.frontends.session.link import ClientError, Link
from com1d.frontends.session.streams import Input, Output
from com1d.frontends.terminal.sizing import COLUMNS, ROWS
from com1d.frontends.terminal.terminal import RawTerminal
from com1d.frontends.words.top_rows import received, rows
from com1d.frontends.words.top_view import View


EVERY: Final = 1.0
"""Seconds between two looks: a thousand consoles cost the daemon a hundredth of a core."""

FIRST: Final = 0.3
"""Seconds from the first table to the one that has rates."""

_ENTER: Final = "\x1b[?1049h\x1b[?25l"
_LEAVE: Final = "\x1b[?25h\x1b[?1049l"
_PAGE: Final = 10

_MOVES: Final = {
    b"\x1b[A": -1, b"\x1bOA": -1, b"k": -1, b"\x1b[B": 1, b"\x1bOB": 1, b"j": 1,
    b"\x1b[5~": -_PAGE, b"\x1b[6~": _PAGE, b" ": _PAGE,
    b"\x1b[H": -(1 << 30), b"\x1b[F": 1 << 30, b"g": -(1 << 30), b"G": 1 << 30,
}  # fmt: skip


_KEY: Final = re.compile(r"\x1b\[[0-9;]*[@-~]|\x1bO.|.", re.DOTALL)


class Visit:
    """A console that the user wants to go to, to type or to watch."""

    def __init__(self, name: str, *, types: bool) -> None:
        self.name = name
        self.types = types


class Top:
    """The table at the terminal, until the user goes to a console or leaves."""

    def __init__(self, link: Link, path: str, view: View, source: Input, output: Output) -> None:
        self._link = link
        self._path = path
        self._view = view
        self._source = source
        self._output = output
        self._colour = not os.environ.get("NO_COLOR")
        self._before: dict[str, int] = {}
        self._before_at = 0.0
        self._said = ""
        """Why the daemon does not answer at the moment."""
        self.visit: Visit | None = None

    async def run(self) -> None:
        """Show it."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGWINCH, self.draw)
        self._output.put(_ENTER.encode())
        try:
            await first_of(self._look(), self._obey_keys())
        finally:
            loop.remove_signal_handler(signal.SIGWINCH)
            self._output.put(_LEAVE.encode())

    async def _look(self) -> None:
        wait = FIRST
        while True:
            try:
                self._take(await in_thread(lambda: self._link.get(self._path)))
                self._said = ""
            except ClientError as error:
                if not self._view.everything:
                    raise
                self._said = error.brief
            self.draw()
            await self._output.drained()
            await asyncio.sleep(wait)
            wait = EVERY

    def _take(self, answer: dict[str, Any]) -> None:
        now = asyncio.get_running_loop().time()
        fresh = rows(answer, self._before, now - self._before_at)
        self._before, self._before_at = received(fresh), now
        self._view.update(fresh)

    def draw(self) -> None:
        """Draw the screen as it is now."""
        try:
            size = os.get_terminal_size(self._output.fd)
            height, width = size.lines or ROWS, size.columns or COLUMNS
        except OSError:
            height, width = ROWS, COLUMNS
        lines = self._view.lines(height, width)
        if self._said:
            lines[0] = lines[0]._replace(text=f"com1: {self._said}"[:width])
        drawn = [
            f"\x1b[{line.style}m{line.text}\x1b[m" if line.style and self._colour else line.text
            for line in lines
        ]
        self._output.put(("\x1b[H" + "\x1b[K\r\n".join(drawn) + "\x1b[K\x1b[J").encode())

    async def _obey_keys(self) -> None:
        while data := await self._source.read():
            for key in _keys(data):
                if not (self._type(key) if self._view.typing else self._obey(key)):
                    return
            self.draw()

    def _obey(self, key: bytes) -> bool:
        """Do what a key means; false at the end."""
        view = self._view
        if key in (b"q", b"\x03", b"\x04"):
            return False
        if key in (b"\r", b"o") and view.place is not None:
            self.visit = Visit(view.chosen, types=key == b"\r")
            return False
        if key in _MOVES:
            view.move(_MOVES[key])
        elif key == b"s":
            view.next_order()
        elif key == b"r":
            view.reverse = not view.reverse
            view.arrange()
        elif key == b"/":
            view.typing = True
        elif key == b"\x1b":
            view.wanted = ""
            view.arrange()
        return True

    def _type(self, key: bytes) -> bool:
        """Put a key into the filter."""
        view = self._view
        if key == b"\x03":
            return False
        if key in (b"\r", b"\x1b"):
            view.typing = False
            view.wanted = view.wanted if key == b"\r" else ""
        elif key in (b"\x7f", b"\x08"):
            view.wanted = view.wanted[:-1]
        elif (text := key.decode(errors="ignore")).isprintable():
            view.wanted += text
        view.arrange()
        return True


def _keys(data: bytes) -> list[bytes]:
    """Cut what a terminal sent into keys: an escape sequence is one."""
    return [key.encode() for key in _KEY.findall(data.decode(errors="ignore"))]


def show(link: Link, path: str, view: View) -> Visit | None:
    """Show the table until the user goes to a console, or leaves: then None."""
    return asyncio.run(_show(link, path, view))


async def _show(link: Link, path: str, view: View) -> Visit | None:
    output = Output(1)
    with RawTerminal(0):
        top = Top(link, path, view, Input(0), output)
        try:
            await top.run()
        finally:
            await output.close()
    return top.visit
