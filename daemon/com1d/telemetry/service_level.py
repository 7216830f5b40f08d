"""The service level over a window: what share of the guests' bytes came in time, and what did not.

The daemon notes its counters once a minute, so that the level of any window up to a day can be
told without Prometheus. conf/prometheus has the same as recording rules, over any time.
"""

from collections import deque
from typing import Any, Final, NamedTuple

from com1d.core.carried import carried


IN_TIME: Final = 0.005
"""Seconds within which a guest's byte should be with every client."""

STALL: Final = 0.010
"""Seconds: a hold of the loop that is longer is a stall."""

MINUTE: Final = 60.0
NOTES: Final = 24 * 60
"""Minutes that are remembered: a day."""


@carried()
class Level(NamedTuple):
    """Counters since the daemon started."""

    at: float
    """Seconds since 1970."""
    delivered: int = 0
    """Bytes that guests printed."""
    in_time: int = 0
    """Of these, those that were delivered within `IN_TIME`."""
    stalls: int = 0
    lost: int = 0
    """Bytes that clients or logs missed."""
    unlogged: int = 0
    """Minutes in which a console's log failed or had a gap, summed over consoles."""


class ServiceLevel:
    """The levels of the last day, one a minute: plain data."""

    def __init__(self, began: float) -> None:
        """Begin at that time."""
        self.notes: deque[Level] = deque([Level(began)], NOTES + 1)

    def note(self, level: Level) -> None:
        """Remember the level of this minute."""
        self.notes.append(level)

    def over(self, window: float, present: Level) -> dict[str, Any]:
        """Give the service level of the last `window` seconds, or since the oldest note."""
        before = self.notes[0]
        for note in self.notes:
            if note.at > present.at - window:
                break
            before = note
        delivered = present.delivered - before.delivered
        in_time = present.in_time - before.in_time
        return {
            "seconds": round(present.at - before.at, 3),
            "delivered_bytes": delivered,
            "in_time_ratio": in_time / delivered if delivered else None,
            "stalls": present.stalls - before.stalls,
            "lost_bytes": present.lost - before.lost,
            "unlogged_minutes": present.unlogged - before.unlogged,
        }
