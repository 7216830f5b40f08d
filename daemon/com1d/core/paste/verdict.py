"""The verdict on an echo that does not fit: which character is wrong, and how."""

from enum import Enum, auto
from typing import Final

from com1d.values import dataclass


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
    """Explain the text `seen` where `pending` should be, behind the character `before`.

    One fault that explains all of it is preferred to one after which some is still to come. Blanks
    at the end may be a margin.
    """
    doubled, missing, wrong = before + pending, pending[1:], seen[:1] + pending[1:]
    explanations = ((Fault.DOUBLED, doubled), (Fault.MISSING, missing), (Fault.WRONG, wrong))
    for fault, text in explanations:
        if seen.rstrip(" ") == text.rstrip(" "):
            return _verdict(fault, seen)
    if not seen:
        return _verdict(Fault.MISSING, seen)
    for fault, text in explanations:
        if text and (text.startswith(seen) or (fault is Fault.DOUBLED and seen.startswith(text))):
            return _verdict(fault, seen)
    return _verdict(Fault.WRONG, seen)


def _verdict(fault: Fault, seen: str) -> Verdict:
    return Verdict(fault, -1 if fault is Fault.DOUBLED else 0, seen)
