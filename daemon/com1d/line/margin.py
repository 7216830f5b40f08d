"""How long a guest can go on printing while the daemon is away, and how near it came to the end.

A guest's UART waits when the pipe, pty or socket behind it is full. What that holds, at line rate,
is the time for which the daemon may be stopped, stuck or exchanged without any guest noticing.
"""

from typing import Any

from com1d.core.carried import carried
from com1d.core.stream.pacing import BITS_PER_BYTE
from com1d.line.intake import Intake


@carried(without={"_intake": "of the line", "_rate": "configured"})
class Margin:
    """A console's margin over all its lines; between two lines the last one's capacity counts."""

    __slots__ = ("_capacity", "_fullest", "_intake", "_lately", "_rate")

    def __init__(self, baud: int) -> None:
        """Begin without a capacity, until the first line is up."""
        self._rate = baud / BITS_PER_BYTE
        self._capacity = 0
        self._fullest = 0.0
        self._lately = 0.0
        """The largest share of the last whole period, and of lines that ended in this one."""
        self._intake: Intake | None = None

    def line_up(self, capacity: int, intake: Intake) -> None:
        """Measure a new line, which holds `capacity` bytes unread, by its intake."""
        self._capacity, self._intake = capacity, intake

    def line_down(self) -> None:
        """Keep the largest share that the ending line has shown."""
        now = self._now()
        self._fullest, self._lately = max(self._fullest, now), max(self._lately, now)
        self._intake = None

    def begin_period(self) -> None:
        """Begin another period of `lately`."""
        now = self._now()
        self._fullest, self._lately = max(self._fullest, now), now
        if self._intake is not None:
            self._intake.measure_anew()

    def _now(self) -> float:
        return self._intake.fullest / self._capacity if self._intake is not None else 0.0

    @property
    def seconds(self) -> float | None:
        """How long the guest can print at line rate; None before the port was up once."""
        return self._capacity / self._rate if self._capacity else None

    @property
    def lately(self) -> float | None:
        """The largest share of that found unread in this period and the one before, or None."""
        return max(self._lately, self._now()) if self._capacity else None

    def describe(self) -> dict[str, Any] | None:
        """Give the margin as the interface shows it; None before the port was up once."""
        if not self._capacity:
            return None
        return {
            "bytes": self._capacity,
            "seconds": round(self._capacity / self._rate, 3),
            "fullest": round(max(self._fullest, self._now()), 4),
        }
