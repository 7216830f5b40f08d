"""Serves all streaming ports once a tick, with one timer for all of them."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from com1d.core.stream.moderation import tick
from com1d.loop.metronome import Metronome
from com1d.loop.stalls import HoldTimes


STRIDE: Final = 4
"""Ports served before a glance at what else is ready, 50 us, or 100 on Unix sockets: a key just
typed, its echo, and the first byte of a port that was quiet do not wait for the end of the tick."""

SLICE_SECONDS: Final = 0.001
"""A tick that takes longer goes on after one turn of the loop, which has more to do than that."""


class StreamingPort(Protocol):
    """A port that streams."""

    def tick(self) -> bool:
        """Pass on what arrived since the last tick; say whether to be served again."""


class Ticker:
    """The rhythm of `core.moderation`, applied to whoever joined."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, holds: HoldTimes, glance: Callable[[], None]
    ) -> None:
        """Join `loop`; `holds` hears how long each slice of a tick took.

        `glance` serves one of the descriptors that are ready, if any is.
        """
        self._loop = loop
        self._holds = holds
        self._glance = glance
        self._metronome = Metronome(loop, self._beat)
        self._interval = 0.0
        """Between two ticks; 0 while nobody streams."""
        self._busy: dict[StreamingPort, None] = {}
        """In the order in which they joined."""
        self._row: list[StreamingPort] = []
        """Whom the present tick serves; those before `_next` have had their turn."""
        self._next = 0
        self._behind = False
        """Whether the next tick was due before this one was over: it begins in the next turn."""

    def add(self, port: StreamingPort) -> None:
        """Serve `port` from now on, once a tick, until its `tick` says no."""
        self._busy[port] = None
        if self._interval:
            self._row.append(port)
        else:
            self._prepare()

    def remove(self, port: StreamingPort) -> None:
        """Forget a port whose line has ended."""
        self._busy.pop(port, None)

    def close(self) -> None:
        """Stop the rhythm for good."""
        self._interval = 0.0
        self._busy.clear()
        self._row.clear()
        self._metronome.close()

    def _prepare(self) -> None:
        self._row = list(self._busy)
        self._next = 0
        interval = tick(len(self._row)) if self._row else 0.0
        if interval != self._interval:
            self._interval = interval
            self._metronome.set(interval)

    def _beat(self) -> None:
        if self._next:
            self._behind = True
        elif not self._behind:
            self._serve()

    def _serve(self) -> None:
        """Serve those of the row whose turn is still to come, or a slice of them."""
        start = self._holds.clock()
        busy = self._busy
        if not self._next:
            self._behind = False
        while True:
            stride = self._row[self._next : self._next + STRIDE]
            self._next += len(stride)
            for port in stride:
                # One that an earlier port's turn has closed must not be touched any more.
                if port in busy and not port.tick():
                    busy.pop(port, None)
            seconds = self._holds.clock() - start
            # Those who joined meanwhile are part of the row: thousands may wake at once.
            if self._next >= len(self._row) or seconds >= SLICE_SECONDS:
                break
            self._glance()
        self._holds.note(seconds)
        if self._next < len(self._row):
            self._loop.call_soon(self._serve)
            return
        self._prepare()
        if self._behind:
            self._loop.call_soon(self._serve)
