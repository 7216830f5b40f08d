"""What a client sees of its session, and of who gives and takes the seat."""

from typing import Protocol

from com1d.audit.entry import Deed
from com1d.core.session.session import SessionId
from com1d.wire import Mode, Outcome


class Position(Protocol):
    """What a client reads and counts in its session."""

    number: SessionId
    console: str
    wanted: Mode
    start: int
    """Offset at which its stream began."""
    cursor: int
    """Offset of the next byte that it gets."""
    lost: int
    """Bytes that it missed because it did not read."""


class Seats(Protocol):
    """Who has the sessions of a console, and gives and takes the seat."""

    def left(self, number: SessionId, outcome: Outcome) -> None:
        """Forget a session whose client's socket is closed."""

    def refused(self, count: int) -> None:
        """Count bytes that somebody without the seat typed."""

    def deed(self, number: SessionId, verb: str) -> Deed:
        """Prepare the audit's line about something that a session does."""

    def grant(self, number: SessionId, to: SessionId | None) -> None:
        """Give the seat of a session to one that waits. Raises `BadRequest` when there is none."""
