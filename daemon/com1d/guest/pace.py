"""How often the hooks of one console's state run, where a guest goes in a circle."""

from typing import Final


LEAST_SECONDS: Final = 1.5
"""Between two runs: a kernel that panics as soon as it boots takes longer for it, and each of its
panics is told."""

MOST_SECONDS: Final = 60.0
"""It is twice as long after each time that something had to be passed over, up to this: nobody
reads a pager faster."""


class Pace:
    """When the next run may be."""

    __slots__ = ("_due", "_interval")

    def __init__(self) -> None:
        """Begin with none."""
        self._interval = LEAST_SECONDS
        self._due = 0.0

    def delay(self, now: float) -> float:
        """Give the seconds until the next run may begin; 0 where that is now."""
        return max(0.0, self._due - now)

    def ran(self, now: float, skipped: int) -> None:
        """Take note of a run, before which so many were passed over."""
        if skipped:
            self._interval = min(MOST_SECONDS, self._interval * 2)
        elif now - self._due >= self._interval:
            self._interval = LEAST_SECONDS
        self._due = now + self._interval
