"""Plays a film on the user's terminal until it is over and the user leaves."""

import asyncio
from collections.abc import Sequence
from typing import Final

from com1d.frontends.session.film import Frame
from com1d.frontends.session.streams import Input, Output
from com1d.frontends.terminal.encodings import plain
from com1d.frontends.terminal.escape import Answer, Key, Keyboard
from com1d.frontends.terminal.modes import GuestModes
from com1d.frontends.terminal.player import Player
from com1d.frontends.terminal.terminal import RawTerminal


LONGEST_WAIT: Final = 0.5
"""Seconds between two looks at the clock."""

_LAST_ROW: Final = "\x1b7\x1b[999;1H\x1b[7m[com1: {}]\x1b[m\x1b[K\x1b8"
"""Wherever the film has left the cursor."""


def show(film: Sequence[Frame], speed: float) -> None:
    """Play it at this process's terminal."""
    with RawTerminal(0):
        asyncio.run(_Theatre(film, speed).run())


class _Theatre:
    def __init__(self, film: Sequence[Frame], speed: float) -> None:
        self._player = Player(film, speed)
        self._keyboard = Keyboard()
        self._output = Output(1)
        self._modes = GuestModes()
        self._said = ""

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        source, before = Input(0), clock()
        reading = asyncio.ensure_future(source.read())
        try:
            while not self._player.left:
                self._show(self._player.advance((now := clock()) - before))
                before = now
                self._tell()
                await self._output.drained()
                wait = self._player.wait()
                patience = LONGEST_WAIT if wait is None else min(wait, LONGEST_WAIT)
                done, _ = await asyncio.wait((reading,), timeout=patience)
                if done:
                    if not (data := reading.result()):
                        return
                    self._keys(data)
                    reading = asyncio.ensure_future(source.read())
        finally:
            reading.cancel()
            self._output.put(self._modes.farewell() + b"\r\n")
            await self._output.close()

    def _tell(self) -> None:
        """Say once that it stands still, and why."""
        said = self._player.says()
        if said and said != self._said:
            self._output.put(_LAST_ROW.format(said).encode())
        self._said = said

    def _show(self, data: bytes) -> None:
        self._output.put(data)
        self._modes.observe(data)

    def _keys(self, data: bytes) -> None:
        for token in (*self._keyboard.feed(data), *self._keyboard.expire()):
            if isinstance(token, Key):
                self._press(plain(token.data))
            elif isinstance(token, Answer):
                continue  # the film holds queries, and the terminal answers them

    def _press(self, key: bytes) -> None:
        paused = self._player.paused
        self._show(self._player.handle(key))
        if paused and not self._player.left:
            self._show(self._player.again())  # without the row that said so
        self._said = ""
