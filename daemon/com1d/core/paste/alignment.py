"""How a run of text, shown somewhere on the guest's screen, goes together with the line being sent.

After a line break, a bare CR or an address that was not expected, a guest either goes on with the
line, wrapped there, or shows the line, or the last row of it, once more and then goes on.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Place(Enum):
    """Where the cursor is."""

    ON_LINE = auto()
    """At a known distance from the end of what is verified."""
    NEW_LINE = auto()
    """After a line break that is not the echo of Enter."""
    ROW_START = auto()
    """After a bare CR: the line may have been wrapped there."""
    SOMEWHERE = auto()
    """After any other move."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A run, explained: what stood there before, then new characters, then blanks."""

    head: str
    count: int
    """Characters of what was expected that are shown."""
    margin: int = 0
    """Blanks behind them, up to the edge of the screen perhaps."""


def fit(run: str, expected: str, *, line: str, prompt: str, place: Place) -> Fit | None:
    """Explain a run by as many `expected` characters as possible behind the verified `line`.

    `prompt` is what stands before the line, or empty where that is not known. `None` if the run
    has nothing to do with the line.
    """
    for margin in range(len(run) - len(run.rstrip(" ")) + 1):
        text = run[: len(run) - margin]
        for count in range(min(len(expected), len(text)), -1, -1):
            head = text[: len(text) - count]
            if not text.endswith(expected[:count]):
                continue
            goes_on = not head and count > 0
            first = not line and 0 < count == len(expected)
            if goes_on or first or (line and head and _repeats(head, line, prompt, place)):
                return Fit(head, count, margin)
    return None


def _repeats(head: str, line: str, prompt: str, place: Place) -> bool:
    """Tell whether `head` is the line with its prompt, or a part of the line where that may be."""
    if place is not Place.NEW_LINE and line.endswith(head):
        return True
    before = head.removesuffix(line)
    return before != head and (not prompt or before == prompt or place is Place.SOMEWHERE)
