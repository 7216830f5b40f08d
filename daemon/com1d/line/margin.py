"""How long a guest can go on printing while the daemon is away, and how near it came to the end.

A guest's UART waits when the pipe, pty or socket behind it is full. What that holds, at line rate,
is the time for which the daemon may be stopped, stuck or exchanged without any guest noticing.
"""

import math
from typing import Any

from com1d.core.carry import carried
from com1d.core.stream.pacing import BITS_PER_BYTE
from com1d.line.intake import Intake


@carried(without={"_intake": "of the line", "_rate": "configured"})
class Margin:
    """A console's margin over all its lines; between two lines the last one's capacity counts."""

    __slots__ = ("_capacity", "_fullest", "_intake", "_rate")

    def __init__(self, baud: int) -> None:
        """Begin without a capacity, until the first line is up."""
        self._rate = baud / BITS_PER_BYTE
        self._capacity = 0
        self._fullest = 0.0
        self._intake: Intake | None = None

    def line_up(self, capacity: int, intake: Intake) -> None:
        """Measure a new line, which holds `capacity` bytes unread, by its intake."""
        self._capacity, self._intake = capacity, intake

    def line_down(self) -> None:
        """Keep the largest share that the ending line has shown."""
        self._fullest, self._intake = self._share(), None

    def _share(self) -> float:
        now = self._intake.fullest / self._capacity if self._intake is not None else 0.0
        return max(self._fullest, now)

    @property
    def seconds(self) -> float:
        """How long the guest can print at line rate; NaN before the port was up once."""
        return self._capacity / self._rate if self._capacity else math.nan

    @property
    def fullest(self) -> float:
        """The largest share of that found unread since the start; NaN as for `seconds`."""
        return self._share() if self._capacity else math.nan

    def describe(self) -> dict[str, Any] | None:
        """Give the margin as the interface shows it; None before the port was up once."""
        if not self._capacity:
            return None
        return {
            "bytes": self._capacity,
            "seconds": round(self.seconds, 3),
            "fullest": round(self.fullest, 4),
        }
