"""The looks at all guests, one at a time.

Guests that boot together are due together, and timers that are due are served before anything else
is read or sent. So the looks at two hundred guests, each short, would be one long hold of the loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from com1d.loop.stalls import HoldTimes


PAUSE: Final = 3
"""The pause after a look, in units of the look: together they take a quarter of the loop's time,
however many guests print. What has left the scrollback by then is not looked at, and counted."""


class Looks:
    """Looks that are due, in the order in which they came to be."""

    def __init__(self, loop: asyncio.AbstractEventLoop, holds: HoldTimes) -> None:
        """Begin with none. `holds` has the clock."""
        self._loop = loop
        self._clock = holds.clock
        self._due: deque[Callable[[], None]] = deque()
        """Bounded by the number of consoles: each has one timer."""
        self._pausing = False

    def take(self, look: Callable[[], None]) -> None:
        """Have a look now, or behind those that are due already."""
        self._due.append(look)
        if not self._pausing:
            self._next()

    def _next(self) -> None:
        self._pausing = bool(self._due)
        if not self._due:
            return
        start = self._clock()
        try:
            self._due.popleft()()
        finally:
            self._loop.call_later(PAUSE * (self._clock() - start), self._next)
