"""Succession: what happens between the end of one active session and the beginning of the next.

Where the guest is locked in between, the next user neither types nor sees the stream until that is
over, and is told why. An idle session is warned; then the guest is locked while the session
observes, and it ends.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from com1d import wire
from com1d.clients.client import Client
from com1d.core.carry import Packed, pack, unpack
from com1d.core.session.idle import in_words
from com1d.core.session.session import SessionId
from com1d.input.seat import Seat
from com1d.sessions.farewell import LONGEST_SECONDS, Farewell
from com1d.sessions.idle import IdleWatch
from com1d.sessions.parts import Parts
from com1d.sessions.session import Session
from com1d.telemetry import facts
from com1d.wire.events import Hint
from com1d.wire.outcome import Outcome
from com1d.wire.words import Mode


_WAIT: Final = (
    f"com1d is locking the guest's Command Prompts after the user before you, for "
    f"{LONGEST_SECONDS:g} s at most; then you see the console"
)
_NOT_LOCKED: Final = (
    "the guest's Command Prompts could not be locked after the user before you ({}): that user "
    "may still be logged in there"
)
_IDLE: Final = "nothing was typed for a long time: this session ends in {}, unless you press a key"


class Succession:
    """The succession of one console. It gives the seat and revokes it."""

    __slots__ = ("_begin", "_clients", "_farewell", "_idle", "_parts", "idle", "next", "seated")

    def __init__(
        self,
        parts: Parts,
        record: Callable[[facts.Fact], Any],
        clients: Mapping[SessionId, Client],
        begin: Callable[[Session], None],
    ) -> None:
        """Begin with nobody.

        `clients` has the client of each session. `begin` is called when a session may begin; it has
        to check that this is still the active one.
        """
        self._parts = parts
        self._clients = clients
        self._begin = begin
        self._farewell = Farewell(parts, record, self._safe)
        limit = parts.config.idle_timeout
        self._idle = IdleWatch(limit, self._warn, self._idled) if limit else None
        self.seated: Session | None = None
        """The session that has the seat."""
        self.next: Session | None = None
        """The session that begins when the guest is locked."""
        self.idle: Session | None = None
        """The idle session that is closed when the guest is locked."""

    @property
    def under_way(self) -> bool:
        """Whether the guest is being locked: nobody types meanwhile."""
        return self._farewell.under_way

    def follow(self, session: Session) -> None:
        """Begin an active session: now or, while the guest is being locked, afterwards."""
        if not self.under_way:
            self._begin(session)
            return
        client = self._clients[session.number]
        self.next = session
        client.notify(Hint(_WAIT))
        if session.mode is Mode.ACTIVE:  # one that waited goes on observing
            client.wait()

    def sit(self, session: Session) -> None:
        """Give the seat to the active session."""
        self.seated = session
        session.seat = Seat(
            self._clients[session.number],
            session.number,
            self._parts.input,
            self._idle.begin() if self._idle is not None else None,
            self._parts.end_at_sac,
        )
        self.guest_changed()

    def hand_over(self) -> Packed:
        """Give who has the seat, and the seat's own state."""
        seated = self.seated
        seat = None if seated is None else seated.seat
        return {
            "seated": None if seated is None or seat is None else seated.number,
            "typed": 0 if seat is None else seat.typed,
            "caution": None if seat is None else pack(seat.caution),
            "idleness": None if self._idle is None else self._idle.hand_over(),
        }

    def take_over(self, packed: Packed, sessions: Mapping[SessionId, Session]) -> None:
        """Seat the session that had the seat."""
        if packed["seated"] is None:
            return
        self.sit(sessions[packed["seated"]])
        seat = self.seated.seat if self.seated is not None else None
        if seat is None:
            return
        seat.typed, seat.caution = packed["typed"], unpack(packed["caution"])
        if self._idle is not None and seat.idleness is not None and packed["idleness"]:
            self._idle.take_over(seat.idleness, packed["idleness"])

    def guest_changed(self) -> None:
        """Switch the active session's caution on or off, as the guest may be Windows or not."""
        if self.seated is not None and self.seated.seat is not None:
            self.seated.seat.doubt(windows=self._parts.may_be_windows)

    def note_activity(self) -> None:
        """Take note of a request of the active session: it is not idle."""
        if self.seated is not None and self.seated.seat is not None:
            self.seated.seat.note_activity()

    def unseat(self, session: Session, outcome: Outcome) -> int | None:
        """Take the seat from a session that ends with `outcome`. Call `secure` afterwards.

        Gives how many bytes of one that another follows will not reach the guest, of others 0; None
        where it had no seat: it waits for one, or the guest is being locked behind it already.
        """
        if session is not self.seated or session.seat is None:
            return None
        way, discarded = self._parts.input, 0
        if outcome in (Outcome.PREEMPTED, Outcome.HANDED_OVER):
            discarded = way.preempt()
        else:
            way.leave()
        session.seat.revoke()
        session.typed = session.seat.typed
        session.seat = self.seated = None
        if self._idle is not None:
            self._idle.stop()
        return discarded

    def secure(self, session: Session) -> None:
        """Lock the guest, where configured, behind a session that had the seat."""
        self._farewell.begin(session)

    def forget(self, session: Session) -> None:
        """Forget a session that has left or was preempted."""
        if session is self.idle:
            self.idle = None
        if session is self.next:
            self.next = None

    def close(self) -> None:
        """Cancel what is pending and drop the callbacks, because the console stops."""
        self._farewell.close()
        if self._idle is not None:
            self._idle.close()
        self._begin = _nobody
        self.next = None

    def _warn(self, seconds: float) -> None:
        if self.seated is not None:
            self._clients[self.seated.number].notify(Hint(_IDLE.format(in_words(seconds))))

    def _idled(self) -> None:
        """Lock the guest behind an idle session, and close that afterwards."""
        session = self.seated
        if session is None:
            return
        session.outcome = Outcome.IDLE
        self.unseat(session, Outcome.IDLE)
        self.secure(session)
        self.idle = session
        if not self.under_way:
            self._safe(None)

    def _safe(self, problem: str | None) -> None:
        """Go on after a lock, whether it succeeded or failed."""
        session, self.next = self.next, None
        if self.idle is not None:
            limit = in_words(self._parts.config.idle_timeout)
            reason = f"nothing was typed for {limit}"
            self._clients[self.idle.number].dismiss(wire.CLOSE_IDLE, reason)
        elif session is not None:
            if problem:
                self._clients[session.number].notify(Hint(_NOT_LOCKED.format(problem)))
            self._begin(session)


def _nobody(_session: Session) -> None:
    """Begin nothing."""
