"""Serves all streaming ports once a tick, and brisk ones more often, with one timer for them all.

The timer beats as often as brisk ports are to be read. Every so many beats, one begins a tick.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from com1d.core.stream.moderation import readings, tick
from com1d.loop.metronome import Metronome
from com1d.loop.stalls import HoldTimes


STRIDE: Final = 4
"""Ports served before a glance at what else is ready, 50 us, or 100 on Unix sockets: a key just
typed, its echo, and the first byte of a port that was quiet do not wait for the end of the tick."""

SLICE_SECONDS: Final = 0.001
"""Seconds after which a tick is interrupted for one turn of the loop, which has other work, too."""


OVER: Final = ~0
"""What `tick` gives for a port that found nothing and is not to be served again."""


class StreamingPort(Protocol):
    """A port that streams."""

    def tick(self) -> int:
        """Pass on what arrived since the last tick; give how many bytes.

        The complement of that number, where the port is not to be served again.
        """


class Ticker:
    """Serves the ports that were added, in the rhythm of `core.stream.moderation`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, holds: HoldTimes, glance: Callable[[], None]
    ) -> None:
        """Join `loop`; `holds` is told how long each slice of a tick took.

        `glance` serves one of the descriptors that are ready, if any is.
        """
        self._loop = loop
        self._holds = holds
        self._glance = glance
        self._metronome = Metronome(loop, self._beat)
        self._interval = 0.0
        """Seconds between two beats; 0 while no port streams."""
        self._busy: dict[StreamingPort, None] = {}
        """Streaming ports, in the order in which they were added."""
        self._brisk: dict[StreamingPort, None] = {}
        """Those of them that are served at each beat."""
        self._beats = 0
        """Beats since the one that began the present tick."""
        self._readings = 1
        """Beats of the present tick, whoever becomes brisk in it: a tick keeps its length."""
        self._row: list[StreamingPort] = []
        """The ports of the present beat; those before `_next` were served."""
        self._next = 0
        self._began = self._served = self._before = 0.0
        """When the present tick began, when its present beat did, and since when the bytes found at
        that may have waited: since the beat before, or the tick before where all are served."""
        self._behind = False
        """Whether the next beat was due before this one was over: it begins in the next turn."""

    def add(self, port: StreamingPort) -> None:
        """Serve `port` from now on, once a tick, until its `tick` says no."""
        self._busy[port] = None
        if self._interval:
            self._row.append(port)
        else:
            self._served = self._holds.clock()
            self._prepare()

    def hasten(self, port: StreamingPort, *, brisk: bool) -> None:
        """Serve a port several times a tick from now on, or once again."""
        if brisk:
            self._brisk[port] = None
        else:
            self._brisk.pop(port, None)

    def remove(self, port: StreamingPort) -> None:
        """Forget a port whose line has ended."""
        self._busy.pop(port, None)
        self._brisk.pop(port, None)

    def close(self) -> None:
        """Stop ticking for good."""
        self._interval = 0.0
        self._busy.clear()
        self._brisk.clear()
        self._row.clear()
        self._metronome.close()

    def _prepare(self) -> None:
        """Put together who is served at the next beat, and begin another tick after its last."""
        if not self._beats:
            self._began = self._served
        self._next = 0
        self._beats += 1
        if self._beats < self._readings:
            self._row, self._before = list(self._brisk), self._served
            return
        self._row, self._before = list(self._busy), self._began
        busy = len(self._row)
        self._beats, self._readings = 0, readings(busy, len(self._brisk)) if self._brisk else 1
        interval = tick(busy) / self._readings if busy else 0.0
        if interval != self._interval:
            self._interval = interval
            self._metronome.set(interval)

    def _beat(self) -> None:
        if self._next:  # the beat before is still being served
            self._behind = True
        elif not self._behind:
            self._serve()

    def _serve(self) -> None:
        """Serve the rest of the row, or a slice of it."""
        start = self._holds.clock()
        busy, passed_on = self._busy, 0
        if not self._next:
            self._behind, self._served = False, start
        while True:
            stride = self._row[self._next : self._next + STRIDE]
            self._next += len(stride)
            for port in stride:
                # A port that was closed while an earlier one was served must not be touched.
                if port in busy:
                    if (count := port.tick()) < 0:
                        self.remove(port)
                        count = ~count
                    passed_on += count
            seconds = self._holds.clock() - start
            # Ports added meanwhile join the row: thousands may begin to stream at once.
            if self._next >= len(self._row) or seconds >= SLICE_SECONDS:
                break
            self._glance()
        self._holds.note(seconds)
        if passed_on:
            self._holds.delivered.note(start + seconds - self._before, passed_on)
        if self._next < len(self._row):
            self._loop.call_soon(self._serve)
            return
        self._prepare()
        if self._behind:
            self._loop.call_soon(self._serve)
