"""Idleness: when a session has typed nothing for too long.

Input costs one assignment and does not move the deadline: when the deadline comes, the shell asks
again and gets a later one.
"""

from enum import Enum, auto
from typing import Final

from com1d.core.carried import carried


WARNING_SECONDS: Final = 60.0
"""Seconds before the end at which the user is warned: time to come back from the next desk. With a
short limit, half of it."""


class Step(Enum):
    """What to do at a deadline."""

    WARN = auto()
    END = auto()


@carried(without={"_limit": "configured", "warning": "configured"})
class Idleness:
    """The idleness of one session, which may go without input for a limited time."""

    __slots__ = ("_limit", "_since", "_warned", "warning")

    def __init__(self, limit: float, now: float) -> None:
        """Begin at `now`, as if something was just typed. `limit` is in seconds."""
        self._limit = limit
        self._since = now
        self._warned = False
        self.warning = min(WARNING_SECONDS, limit / 2)
        """Seconds between the warning and the end."""

    def note_activity(self, now: float) -> None:
        """Take note of input."""
        self._since = now
        self._warned = False

    def deadline(self) -> float:
        """Tell when `expire` has something to do, so far as is known now."""
        return self._since + self._limit - (0.0 if self._warned else self.warning)

    def expire(self, now: float) -> Step | None:
        """Say what is due at `now`; ask for the deadline again then."""
        if now < self.deadline():
            return None
        if self._warned:
            return Step.END
        self._warned = True
        return Step.WARN


def in_words(seconds: float) -> str:
    """Spell a time with the largest unit that leaves a whole number."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:g} {unit}"
    return f"{seconds:g} s"
