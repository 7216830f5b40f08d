"""The seating of a console: the active session, observers, and the queue for the seat.

`core.session` decides; this carries its commands out: closed sockets, events, audit entries.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from com1d import wire
from com1d.access.peer import Caller
from com1d.audit.entry import AuditEntry, Details
from com1d.clients.client import Client
from com1d.core.carried import carried
from com1d.core.carry import Packed, pack, restore, unpack
from com1d.core.session.session import (
    Admit,
    Command,
    HandOver,
    Preempt,
    Promote,
    Refused,
    SessionId,
    Sessions,
)
from com1d.errors import Busy
from com1d.loop.clock import now
from com1d.loop.descriptors import Descriptors
from com1d.sessions.attendance import Attendance
from com1d.sessions.parts import Parts
from com1d.sessions.queue import Queue
from com1d.sessions.session import Session, new_number
from com1d.sessions.succession import Succession
from com1d.sessions.talk import Talk
from com1d.telemetry import facts
from com1d.wire import events
from com1d.wire.outcome import Outcome
from com1d.wire.words import Mode


@carried(
    without={
        "_attendance": "counted again",
        "_audience_changed": "of the console",
        "_clients": "handed over one by one",
        "_parts": "of the console",
        "_queue": "of the table and the clients",
        "_record": "of the daemon",
        "_sessions": "handed over one by one",
        "_succession": "handed over by itself",
        "_table": "handed over by itself, since others know it",
        "audience": "put together again, of the clients",
        "talk": "bounds what is said within ten seconds, and begins anew",
    }
)
class Seating:
    """The sessions of one console, and the client of each."""

    __slots__ = (
        "_attendance", "_audience_changed", "_clients", "_parts", "_queue", "_record", "_sessions",
        "_succession", "_table", "audience", "began", "lost", "preemptions", "talk",
        "typed_in_vain",
    )  # fmt: skip

    def __init__(
        self,
        parts: Parts,
        record: Callable[[facts.Fact], Any],
        attendance: Attendance,
        audience_changed: Callable[[], None],
    ) -> None:
        """Begin without sessions. `audience_changed` is called when `audience` changes."""
        self.audience: tuple[Client, ...] = ()
        """Clients that get the stream, oldest first."""
        self.began = 0
        """Sessions that ever began."""
        self.preemptions = 0
        self.lost = 0
        """Bytes lost by clients that have left."""
        self.typed_in_vain = 0
        """Bytes refused because the client had no seat."""
        self._parts = parts
        self._record = record
        self._attendance = attendance
        self._audience_changed = audience_changed
        self._table = Sessions()
        self._sessions: dict[SessionId, Session] = {}
        self._clients: dict[SessionId, Client] = {}
        self._queue = Queue(self._table, self._sessions, self._clients)
        self._succession = Succession(parts, record, self._clients, self._begin)
        self.talk = Talk(parts, self._sessions, self.notify)
        """Messages to whoever is attached, and notes."""

    # -- in and out -------------------------------------------------------------------------

    def may_attach(self, mode: Mode, *, preempt: bool, wait: bool) -> None:
        """Raise `Busy`, naming the holder, when an attach would be refused now."""
        answer, holder = self._table.ask(mode, preempt=preempt, wait=wait), self.active
        if isinstance(answer, Refused) and holder is not None:
            count = answer.waiting
            raise self._busy(holder, f", and {count} wait for it already" if count else "")

    def attach(
        self, session: Session, client: Client, *, preempt: bool = True, wait: bool = False
    ) -> None:
        """Let a session in after `may_attach`; its stream begins at its cursor.

        It preempts the holder of the seat that it wants or, with `wait`, queues for it.
        `console.admission` has decided, numbered and audited it before.
        """
        session.since, session.began = now(), monotonic()
        session.start = session.cursor
        self._sessions[session.number] = session
        self._clients[session.number] = client
        self._outlive(session, client)
        commands = self._table.attach(session.number, session.wanted, preempt=preempt, wait=wait)
        self._obey(commands)
        self._queue.tell()

    def left(self, number: SessionId, outcome: Outcome) -> None:
        """Forget a session whose client's socket is closed.

        Its typed bytes are still sent, but a paste is stopped, since nobody could watch it any
        more.
        """
        session = self._sessions[number]
        if session.outcome is None:
            session.outcome = outcome
        had_seat = self._succession.unseat(session, session.outcome) is not None
        self._succession.forget(session)
        commands = self._table.detach(number)
        del self._sessions[number]
        client = self._clients.pop(number)
        self._parts.vault.drop(_descriptor_of(session))
        self._parts.memory.forget(number)
        self._attendance.end(session.via)
        self._attendance.leave(session.caller.peer.uid)
        self.audience = tuple(other for other in self.audience if other is not client)
        self._audience_changed()
        self.lost += session.lost
        self._note(session, session.outcome)
        self._record(session.ended_fact(session.outcome, monotonic() - session.began))
        if had_seat:
            self._succession.secure(session)
        self._obey(commands)
        if commands or session.mode is not session.wanted:
            self._queue.tell()
        if not self._sessions:
            self._attendance.vacated(self._parts.name)

    def grant(self, number: SessionId, to: SessionId | None) -> None:
        """Give the seat of a session to a waiting one, by default the first that asked for it.

        Raises `BadRequest` when there is none.
        """
        holder, heir = self._sessions[number], self._queue.heir(to)
        commands = self._table.grant(heir.number)
        self._record(facts.SessionGranted(*holder.key, heir.caller.user, heir.number))
        self._obey(commands)
        self._queue.tell()

    def dismiss(self, session: Session, code: int, reason: str) -> None:
        """Close a session, unless it has left meanwhile."""
        if session.number in self._clients:
            self._clients[session.number].dismiss(code, reason)

    def revoke(self) -> None:
        """Revoke the active session's seat at once, before it is closed."""
        active = self.active
        if active is not None and active.seat is not None:
            active.seat.revoke()

    def close(self) -> None:
        """End what is pending and drop the callbacks, because the console stops."""
        self._succession.close()
        self._audience_changed = _nothing

    # -- from one process to the next -------------------------------------------------------

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all sessions with their clients, and who has the seat."""
        return {
            "counts": pack(self),
            "table": pack(self._table),
            "sessions": [self._hand_over_one(each, fds) for each in self._sessions.values()],
            "audience": [client.session.number for client in self.audience],
            "succession": self._succession.hand_over(),
        }

    def _hand_over_one(self, session: Session, fds: Descriptors) -> Packed:
        client = self._clients[session.number]
        name = _descriptor_of(session)
        return {
            "session": pack(session),
            "streams": client.streams,
            "client": client.hand_over(fds, name),
        }

    def _outlive(self, session: Session, client: Client) -> None:
        parts = self._parts
        parts.ring.make_room()
        client.outlive(
            parts.vault, _descriptor_of(session), parts.memory.cursor_of(session.number)
        )

    def take_over(
        self, packed: Packed, fds: Descriptors, make: Callable[[int, Session], Client]
    ) -> None:
        """Go on with all sessions; `make` makes the client of a session at a descriptor."""
        restore(self, packed["counts"])
        restore(self._table, packed["table"])
        for each in packed["sessions"]:
            session = unpack(each["session"])
            client = make(fds.take(each["client"]["fd"]), session)
            self._sessions[session.number], self._clients[session.number] = session, client
            client.take_over(each["client"], self._parts.ring if each["streams"] else None)
            self._outlive(session, client)
            self._attendance.begin(session.via)
            self._attendance.come(session.caller.peer.uid)
        self.audience = tuple(self._clients[number] for number in packed["audience"])
        self._audience_changed()
        self._succession.take_over(packed["succession"], self._sessions)

    def go_on(self) -> None:
        """Send every client what came meanwhile."""
        for client in tuple(self._clients.values()):
            client.go_on()

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return "the guest is being locked" if self._succession.under_way else ""

    # -- the commands of core.session -------------------------------------------------------

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Preempt(session=number, by=by):
                    self._preempt(self._sessions[number], self._sessions[by])
                case HandOver(session=number, to=to):
                    self._hand_over(self._sessions[number], self._sessions[to])
                case Admit(session=number, mode=mode):
                    self._admit(self._sessions[number], mode)
                case Promote(session=number):
                    self._succession.follow(self._sessions[number])

    def _preempt(self, earlier: Session, newer: Session) -> None:
        self.preemptions += 1
        newcomer, at = newer.caller, now()
        discarded = self._replace(earlier, Outcome.PREEMPTED)
        self._record(
            facts.SessionPreempted(
                *earlier.key, Outcome.PREEMPTED, newcomer.user, newer.number, discarded or 0
            )
        )
        end, origin = self._parts.ring.end, newcomer.origin.as_json()
        client = self._clients[earlier.number]
        client.notify(events.Preempted(newcomer.user, at, end, origin))
        client.dismiss(wire.CLOSE_PREEMPTED, f"preempted by {newcomer.person} at {at}")

    def _hand_over(self, giver: Session, heir: Session) -> None:
        self._replace(giver, Outcome.HANDED_OVER)
        at, end, origin = now(), self._parts.ring.end, heir.caller.origin.as_json()
        client = self._clients[giver.number]
        client.notify(events.HandedOver(heir.caller.user, at, end, origin))
        client.dismiss(wire.CLOSE_HANDED_OVER, f"handed over to {heir.caller.person} at {at}")

    def _replace(self, earlier: Session, outcome: Outcome) -> int | None:
        """Unseat a session which another one follows; give its discarded bytes as `unseat` does."""
        discarded = self._succession.unseat(earlier, outcome)
        self._succession.forget(earlier)
        earlier.outcome = outcome
        if discarded is not None:
            self._succession.secure(earlier)
        return discarded

    def _admit(self, session: Session, mode: Mode) -> None:
        session.mode = mode
        self.began += 1
        self._attendance.begin(session.via)
        self._attendance.come(session.caller.peer.uid)
        self._note(session, "began")
        replay = self._parts.ring.end - max(session.cursor, self._parts.log.oldest)
        self._clients[session.number].notify(
            events.Attached(
                **self._parts.standing(),
                mode=mode.value, replay=replay, window=session.window,
                user=session.caller.user,
            )
        )  # fmt: skip
        if mode is Mode.ACTIVE:
            self._succession.follow(session)
        else:
            self._open_stream(session)

    def _begin(self, session: Session) -> None:
        """Seat a session if it is still the active one; a new one's stream begins, too."""
        if self.active is not session:
            return
        waited = session.mode is not session.wanted
        session.mode, session.told = Mode.ACTIVE, None
        self._succession.sit(session)
        if waited:
            self._record(facts.SessionSeated(*session.key))
            self._clients[session.number].notify(events.Seated(now(), self._parts.ring.end))
        else:
            self._open_stream(session)

    def _open_stream(self, session: Session) -> None:
        ring, client = self._parts.ring, self._clients[session.number]
        self.audience = (*self.audience, client)
        self._audience_changed()
        client.start(ring)
        client.notify(events.Replayed(ring.end))
        client.pump()

    # -- questions --------------------------------------------------------------------------

    @property
    def active(self) -> Session | None:
        """The active session, which has the seat or waits until the guest is locked; or None."""
        number = self._table.active
        return None if number is None else self._sessions[number]

    @property
    def waiting(self) -> int:
        """How many sessions wait for the seat."""
        return len(self._table.waiting)

    @property
    def bytes_lost(self) -> int:
        """Bytes that clients missed, those who have left among them."""
        return self.lost + sum(client.session.lost for client in self.audience)

    def sessions(self) -> tuple[Session, ...]:
        """Give the attached sessions, the active one last.

        Closing them in this order seats nobody in between.
        """
        return tuple(sorted(self._sessions.values(), key=lambda each: each.mode is Mode.ACTIVE))

    def notify(self, event: events.Event) -> None:
        """Send an event to every client."""
        for client in tuple(self._clients.values()):
            client.notify(event)

    def guest_changed(self) -> None:
        """Take note of a new guest state."""
        self._succession.guest_changed()

    def refused(self, count: int) -> None:
        """Count bytes typed by a session without the seat."""
        self.typed_in_vain += count

    def demand(self, caller: Caller) -> SessionId:
        """Give the session for which `caller` may send input by a request, without a stream.

        Raises `Busy` while somebody else holds the active session: input never interleaves.
        """
        active, name = self.active, self._parts.name
        if self._succession.under_way:
            raise Busy(f"{name}: the guest is being locked after a session; try again in 10 s")
        if active is None:
            return new_number()
        if not caller.is_same_user(active.caller):
            raise self._busy(active)
        self._succession.note_activity()
        return active.number

    def describe(self) -> dict[str, Any]:
        """Give the sessions as the interface shows them."""
        active = self.active
        shown = (self._sessions[client.session.number] for client in self.audience)
        observers = [each for each in shown if each.wanted is Mode.OBSERVE]
        return {
            "active": None if active is None else active.describe(),
            "observers": [each.describe() for each in observers],
            "waiting": [self._sessions[number].describe() for number in self._table.waiting],
        }

    def audit_entry(self, number: SessionId, verb: str) -> AuditEntry:
        """Make the audit entry of an act of a session."""
        key = self._sessions[number].key

        def tell(outcome: str, details: Details | None) -> None:
            self._record(facts.VerbUsed(*key, verb, outcome, details))

        return AuditEntry(tell)

    def _busy(self, holder: Session, more: str = "") -> Busy:
        """Make the problem that names the holder of the seat."""
        caller, since = holder.caller, holder.since
        return Busy(
            f"{self._parts.name} is held by {caller.person} since {since}{more}",
            by=caller.user, since=since, origin=caller.origin.as_json(),
        )  # fmt: skip

    def _note(self, session: Session, what: str) -> None:
        """Note a mark in the boot diagnostics log at the stream's present end."""
        self._parts.log.note(
            "session", what=what, session=session.number, user=session.caller.user,
            mode=session.wanted.value, via=session.via,
        )  # fmt: skip


def _descriptor_of(session: Session) -> str:
    """Name the descriptor of a session's client."""
    return f"{session.console}/client/{session.number}/{session.via}"


def _nothing() -> None:
    """Do nothing."""
