"""The pace of hooks for one state of a console, against guests that crash in a loop."""

from typing import Final

from com1d.core.carried import carried


LEAST_SECONDS: Final = 1.5
"""Between two runs: a kernel that panics as soon as it boots takes longer for it, and each of its
panics is told."""

MOST_SECONDS: Final = 60.0
"""The pause doubles each time that a run had to be skipped, up to this: nobody reads a pager
faster."""


@carried()
class Pace:
    """Decides when the next run may begin."""

    __slots__ = ("_due", "_interval")

    def __init__(self) -> None:
        """Begin before the first run."""
        self._interval = LEAST_SECONDS
        self._due = 0.0

    def delay(self, now: float) -> float:
        """Give the seconds until the next run may begin; 0 where that is now."""
        return max(0.0, self._due - now)

    def ran(self, now: float, skipped: int) -> None:
        """Note a run, before which `skipped` were passed over."""
        if skipped:
            self._interval = min(MOST_SECONDS, self._interval * 2)
        elif now - self._due >= self._interval:
            self._interval = LEAST_SECONDS
        self._due = now + self._interval
