"""A session: who is at a console, since when, and how far. Plain data, which `Seating` owns."""

from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from com1d.access.peer import Caller
from com1d.core.session.session import SessionId
from com1d.input.seat import Seat
from com1d.telemetry import facts
from com1d.wire import Mode, Outcome


_numbers: Final = count(1)


def new_number() -> SessionId:
    """Give the number of a new session.

    Numbers are unique in the daemon's life, so that audit and events can name a session.
    """
    return next(_numbers)


@dataclass(slots=True, eq=False)
class Session:
    """One attach, from its line in the audit to its end."""

    number: SessionId
    console: str
    caller: Caller
    wanted: Mode
    """What it attached for."""
    via: str
    """By which entrance the client came: `raw` or `websocket`."""
    mode: Mode = Mode.OBSERVE
    """What it is at the moment: one that waits for the seat observes."""
    requests: bool = False
    """Whether it asks the active session for its seat."""
    told: tuple[int, SessionId] | None = None
    """While it waits: the place in the queue, and behind whom, that it knows of."""
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
    typed: int = 0
    """Bytes that it typed and that were taken; of an active session, its seat counts them."""
    seat: Seat | None = None
    outcome: Outcome | None = None
    """How it ends, as soon as that is known."""

    @property
    def delivered(self) -> int:
        """Bytes of the console that its client took."""
        return self.cursor - self.start - self.lost

    @property
    def key(self) -> tuple[facts.Who, str, SessionId]:
        """Who it is, on which console, and its number: how facts name it."""
        return self.caller.who, self.console, self.number

    def began_fact(self) -> facts.SessionBegan:
        """Give the line that has to be written before the client is let in."""
        return facts.SessionBegan(*self.key, self.wanted.value, self.via)

    def ended_fact(self, outcome: str, seconds: float) -> facts.SessionEnded:
        """Give the line about its end: an `Outcome`, or the code of what kept it out."""
        return facts.SessionEnded(
            *self.key, self.wanted.value, self.via, outcome, typed=self.typed,
            delivered=self.delivered, lost=self.lost, seconds=round(seconds, 3),
        )  # fmt: skip

    def describe(self) -> dict[str, Any]:
        """Give who it is, as the interface shows it."""
        caller = self.caller
        return {
            "user": caller.user,
            "uid": caller.peer.uid,
            "pid": caller.pid,
            "command": caller.command,
            "gateway": caller.gateway,
            "since": self.since,
            "via": self.via,
            "session": self.number,
        }
