"""Alignment of a run of text, shown somewhere on the guest's screen, with the line being sent.

After a line break, a bare CR or an address that was not expected, a guest either goes on with the
line, wrapped there, or shows the line, or the last row of it, once more and then goes on.
"""

from enum import Enum, auto

from com1d.core.carried import carried, carried_enum
from com1d.values import dataclass


@carried_enum
class Place(Enum):
    """How the cursor came to where it is no longer known to be on the line."""

    NEW_LINE = auto()
    """After a line break that is not the echo of Enter."""
    ROW_START = auto()
    """After a bare CR: the line may have been wrapped there."""
    SOMEWHERE = auto()
    """After any other move."""


@carried()
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
    has nothing to do with the line. The smallest margin is preferred, then the largest count. It
    takes one look at the run for each character expected, however many blanks the run ends with.
    """
    text = len(run.rstrip(" "))
    best: Fit | None = None
    for count in range(min(len(expected), len(run)), -1, -1):
        shown = expected[:count]
        for start in _starts(run, text, shown, line, prompt):
            margin = len(run) - start - count
            if not (text <= start + count <= len(run) and run.startswith(shown, start)):
                continue
            if best and best.margin <= margin:
                continue
            head = run[:start]
            goes_on = not head and count > 0
            first = not line and 0 < count == len(expected)
            if goes_on or first or (line and head and _repeats(head, line, prompt, place)):
                best = Fit(head, count, margin)
    return best


def _starts(run: str, text: int, shown: str, line: str, prompt: str) -> tuple[int, ...]:
    """Say where `shown` can begin, in a run of which blanks follow the first `text` characters.

    Behind its last character that is no blank there are only blanks, so that its place is known.
    Where it is all blanks it can stand anywhere among them, but the head before it has to be
    nothing, all of the run, the line with its own blanks behind it, or the prompt and the line.
    """
    if visible := len(shown.rstrip(" ")):
        return (max(0, text - visible),)
    blanks = len(line) - len(line.rstrip(" "))
    return len(run) - len(shown), text + blanks, len(prompt) + len(line), 0


def _repeats(head: str, line: str, prompt: str, place: Place) -> bool:
    """Tell whether `head` is the line with its prompt, or a part of the line where that may be."""
    if place is not Place.NEW_LINE and line.endswith(head):
        return True
    before = head.removesuffix(line)
    return before != head and (not prompt or before == prompt or place is Place.SOMEWHERE)
