"""Pacing: a token bucket that lets bytes enter a port at the line rate.

A virtual UART ignores its baud rate, so a host could hand a guest bytes faster than any guest was
written to take them. The bucket gives a virtual line the timing of a real one: the FIFO of a 16550
at once, then one byte per ten bit times.
"""

import math
from typing import Final

from com1d.core.carried import carried


FIFO: Final = 16
"""Bytes in the transmit FIFO of a 16550 UART: what can enter a real line at once."""

BITS_PER_BYTE: Final = 10
"""8N1: a start bit, eight data bits, a stop bit."""

_SLACK: Final = 0.001
"""Part of a byte. Covers the rounding of a float clock that has run for years, so that a bucket
asked exactly at its deadline never answers 0. It is applied to each answer and does not
accumulate."""


@carried(without={"rate": "configured", "_burst": "configured"})
class Bucket:
    """A token bucket, one token a byte."""

    __slots__ = ("_burst", "_full_at", "_unmet", "rate")

    def __init__(self, baud: int, burst: int = FIFO) -> None:
        self.rate: Final = baud / BITS_PER_BYTE
        """Bytes per second."""
        self._burst = burst
        self._full_at = -math.inf
        self._unmet = 0

    def take(self, now: float, wanted: int) -> int:
        """Take up to `wanted` bytes' worth at `now` (seconds) and return how many it gave."""
        used = max(0.0, self._full_at - now) * self.rate
        given = max(0, min(wanted, int(self._burst - used + _SLACK)))
        self._full_at = max(self._full_at, now) + given / self.rate
        self._unmet = wanted - given
        return given

    def deadline(self) -> float | None:
        """Tell when to ask again for what the last `take` did not give; `None` when it gave all.

        That is when half of the burst is there, or all that is wanted if that is less: a timer
        that fires late by the other half still keeps the full line rate.
        """
        if self._unmet <= 0:
            return None
        worth_a_write = min(self._unmet, max(1, self._burst // 2))
        return self._full_at - (self._burst - worth_a_write) / self.rate
