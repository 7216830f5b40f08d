"""What a client knows of its session, and of the `Seating` that owns it."""

from typing import Protocol

from com1d.audit.entry import AuditEntry
from com1d.core.session.session import SessionId
from com1d.wire import Mode, Outcome


class Position(Protocol):
    """The part of a session that its client reads and counts in."""

    number: SessionId
    console: str
    wanted: Mode
    start: int
    """Offset at which its stream began."""
    cursor: int
    """Offset of the next byte that it gets."""
    lost: int
    """Bytes that it missed because it did not read."""
    window: int
    """Bytes that may be on their way to it unacknowledged; 0 where it acknowledges none."""
    unacknowledged: int
    """Bytes that it was sent and has not acknowledged."""


class Talk(Protocol):
    """What is said at a console; both raise `Problem` where it cannot be said."""

    def say_from(self, number: SessionId, text: str) -> int:
        """Tell a message of a session to all who are on the console."""

    def note_from(self, number: SessionId, text: str) -> int:
        """Write a note of a session into the log."""


class Seats(Protocol):
    """The owner of a console's sessions, which gives and takes the seat."""

    @property
    def talk(self) -> Talk:
        """Messages to whoever is attached, and notes."""

    def left(self, number: SessionId, outcome: Outcome) -> None:
        """Forget a session whose client's socket is closed."""

    def refused(self, count: int) -> None:
        """Count bytes typed by a session without the seat."""

    def audit_entry(self, number: SessionId, verb: str) -> AuditEntry:
        """Make the audit entry of an act of a session."""

    def grant(self, number: SessionId, to: SessionId | None) -> None:
        """Give the seat of a session to one that waits. Raises `BadRequest` when there is none."""
