"""Serves all streaming ports once a tick, in phases, with one timer for all of them."""

import asyncio
from collections import deque
from typing import Protocol

from com1d.core.moderation import pace
from com1d.runtime.hold import HoldTimes


class Busy(Protocol):
    """A port that streams."""

    def tick(self) -> bool:
        """Pass on what arrived since the last tick; say whether to be served again."""


class Ticker:
    """The rhythm of `core.moderation`, applied to whoever joined."""

    def __init__(self, loop: asyncio.AbstractEventLoop, holds: HoldTimes) -> None:
        """Join `loop`; `holds` hears how long each phase took."""
        self._loop = loop
        self._holds = holds
        self._busy: deque[Busy] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, port: Busy) -> None:
        """Serve `port` from the next phase on, until its `tick` says no."""
        self._busy.append(port)
        if self._timer is None:
            self._arm()

    def remove(self, port: Busy) -> None:
        """Forget a port whose line has ended."""
        self._busy.remove(port)

    def close(self) -> None:
        """Stop the rhythm for good."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        self._timer = self._loop.call_later(pace(len(self._busy)).interval, self._phase)

    def _phase(self) -> None:
        start = self._holds.clock()
        busy = self._busy
        count = -(-len(busy) // pace(len(busy)).phases)
        for _ in range(count):
            if not busy:  # a port that ended in its own tick has removed itself
                break
            port = busy[0]
            busy.rotate(-1)
            if not port.tick() and busy and busy[-1] is port:
                busy.pop()
        if busy:
            self._arm()
        else:
            self._timer = None
        self._holds.note(self._holds.clock() - start)
