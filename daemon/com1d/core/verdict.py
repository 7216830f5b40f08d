"""What is wrong with an echo that does not fit: which character, and how."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


SEEN: Final = 20
"""Characters of what the guest shows that are named to the user."""


class Fault(Enum):
    """The three ways in which an echo goes wrong."""

    DOUBLED = auto()
    MISSING = auto()
    WRONG = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an echo went wrong."""

    fault: Fault
    at: int
    """Relative to the first character that is not verified: 0 for itself, -1 for the one before."""
    seen: str
    """What the guest shows there."""

    def __str__(self) -> str:
        """Give the reason for the user."""
        seen = self.seen.strip()[:SEEN]
        match self.fault:
            case Fault.DOUBLED:
                return "the guest shows it twice"
            case Fault.WRONG:
                return f"the guest shows {seen!a} in its place"
        return f"the guest shows {seen!a} without it" if seen else "the guest does not show it"


def judge(seen: str, pending: str, before: str) -> Verdict:
    """Explain the text `seen` where `pending` should be, behind the character `before`."""
    if seen and seen[0] == before and _agree(seen[1:], pending):
        return Verdict(Fault.DOUBLED, -1, seen)
    if not seen or (len(pending) > 1 and _agree(seen, pending[1:])):
        return Verdict(Fault.MISSING, 0, seen)
    return Verdict(Fault.WRONG, 0, seen)


def _agree(one: str, other: str) -> bool:
    """Tell whether one text is the beginning of the other."""
    return one.startswith(other) or other.startswith(one)
