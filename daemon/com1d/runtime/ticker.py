"""Serves all streaming ports once a tick, in phases, with one timer for all of them."""

import asyncio
from typing import Protocol

from com1d.core.moderation import pace
from com1d.runtime.hold import HoldTimes
from com1d.runtime.metronome import Metronome


class Busy(Protocol):
    """A port that streams."""

    def tick(self) -> bool:
        """Pass on what arrived since the last tick; say whether to be served again."""


class Ticker:
    """The rhythm of `core.moderation`, applied to whoever joined."""

    def __init__(self, loop: asyncio.AbstractEventLoop, holds: HoldTimes) -> None:
        """Join `loop`; `holds` hears how long each phase took."""
        self._holds = holds
        self._metronome = Metronome(loop, self._phase)
        self._interval = 0.0
        """Between two phases; 0 while nobody streams."""
        self._busy: dict[Busy, None] = {}
        """In the order in which they joined."""
        self._row: list[Busy] = []
        """Whom the present tick serves; those before `_next` have had their turn."""
        self._next = 0
        self._phases = 0
        """How many phases of the tick are left."""

    def add(self, port: Busy) -> None:
        """Serve `port` from the next phase on, until its `tick` says no."""
        self._busy[port] = None
        if self._interval:
            self._row.append(port)
        else:
            self._begin_tick()

    def remove(self, port: Busy) -> None:
        """Forget a port whose line has ended."""
        self._busy.pop(port, None)

    def close(self) -> None:
        """Stop the rhythm for good."""
        self._metronome.close()

    def _begin_tick(self) -> None:
        self._row = list(self._busy)
        self._next = 0
        rhythm = pace(len(self._row))
        self._phases = rhythm.phases
        interval = rhythm.interval if self._row else 0.0
        if interval != self._interval:
            self._interval = interval
            self._metronome.set(interval)

    def _phase(self) -> None:
        clock = self._holds.clock
        start = clock()
        busy = self._busy
        # Those who joined meanwhile are part of the rest: thousands may wake at once.
        end = self._next - (self._next - len(self._row)) // self._phases
        for port in self._row[self._next : end]:
            # One that an earlier port's turn has closed must not be touched any more.
            if port in busy and not port.tick():
                busy.pop(port, None)
        self._next = end
        self._phases -= 1
        if not self._phases:
            self._begin_tick()
        self._holds.note(clock() - start)
