"""A session: a caller at a console, since when, and up to which offset. Plain data of `Seating`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from com1d.access.peer import Caller
from com1d.audit.entry import AuditEntry, Details
from com1d.core.carried import carried, carried_enum
from com1d.core.session.session import SessionId
from com1d.errors import Busy
from com1d.input.seat import Seat
from com1d.telemetry import facts
from com1d.wire import Mode, Outcome


carried_enum(Mode)
carried_enum(Outcome)


class _Numbers:
    """The numbers of sessions."""

    next = 1


def numbers_given() -> int:
    """Give the number of the last session."""
    return _Numbers.next - 1


def go_on_after(number: int) -> None:
    """Give only higher numbers from now on."""
    _Numbers.next = max(_Numbers.next, number + 1)


def new_number() -> SessionId:
    """Give the number of a new session.

    Numbers are unique until the daemon is stopped, so that audit and events can name a session.
    """
    number = _Numbers.next
    _Numbers.next += 1
    return number


@carried(later=("seat",))
@dataclass(slots=True, eq=False)
class Session:
    """One attach, from its line in the audit to its end."""

    number: SessionId
    console: str
    caller: Caller
    wanted: Mode
    """The mode that it attached for."""
    via: str
    """By which entrance the client came: `raw` or `websocket`."""
    mode: Mode = Mode.OBSERVE
    """Its present mode: a session that waits for the seat observes."""
    requests: bool = False
    """Whether it asks the active session for its seat."""
    told: tuple[int, SessionId] | None = None
    """While it waits: the place in the queue, and the holder, that it was told last."""
    since: str = ""
    """When it attached, RFC 3339."""
    began: float = 0.0
    """The same in seconds of the monotonic clock."""
    start: int = 0
    """Offset at which its stream began."""
    cursor: int = 0
    """Offset of the next byte that its client gets."""
    lost: int = 0
    """Bytes that its client missed because it did not read."""
    window: int = 0
    """Bytes that may be on their way to its client unacknowledged; 0 where it acknowledges none."""
    unacknowledged: int = 0
    """Bytes that its client was sent and has not acknowledged."""
    typed: int = 0
    """Accepted bytes that it typed; while it has a seat, the seat counts them."""
    seat: Seat | None = None
    outcome: Outcome | None = None
    """How it ended; None while that is open."""

    @property
    def delivered(self) -> int:
        """Bytes of the stream that its client took."""
        return self.cursor - self.start - self.lost

    @property
    def key(self) -> tuple[facts.Who, str, SessionId]:
        """Caller, console and number, by which facts name it."""
        return self.caller.who, self.console, self.number

    def began_fact(self) -> facts.SessionBegan:
        """Give the fact that has to be audited before the client is let in."""
        return facts.SessionBegan(*self.key, self.wanted.value, self.via)

    def ended_fact(self, outcome: str, seconds: float) -> facts.SessionEnded:
        """Give the fact of its end; `outcome` is an `Outcome` or the code of a problem."""
        return facts.SessionEnded(
            *self.key, self.wanted.value, self.via, outcome, typed=self.typed,
            delivered=self.delivered, lost=self.lost, seconds=round(seconds, 3),
        )  # fmt: skip

    def describe(self) -> dict[str, Any]:
        """Give the session as the interface shows it."""
        caller = self.caller
        return {
            "user": caller.user,
            "uid": caller.peer.uid,
            "pid": caller.pid,
            "command": caller.command,
            "gateway": caller.gateway,
            "origin": caller.origin.as_json(),
            "since": self.since,
            "via": self.via,
            "session": self.number,
        }

    def keeps(self, more: str = "") -> Busy:
        """Make the problem of those who want its seat: it names the session."""
        caller, since = self.caller, self.since
        return Busy(
            f"{self.console} is held by {caller.person} since {since}{more}",
            by=caller.user, since=since, origin=caller.origin.as_json(),
        )  # fmt: skip

    def audit_entry(self, verb: str, record: Callable[[facts.Fact], Any]) -> AuditEntry:
        """Make the audit entry of an act of the session."""

        def tell(outcome: str, details: Details | None) -> None:
            record(facts.VerbUsed(*self.key, verb, outcome, details))

        return AuditEntry(tell)
