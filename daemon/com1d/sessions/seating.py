"""The seating of a console: the active session, observers, and the queue for the seat.

`core.session` decides; this carries its commands out: closed sockets, events, audit entries.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from com1d import wire
from com1d.access.peer import Caller
from com1d.audit.entry import AuditEntry
from com1d.clients.client import Client
from com1d.core.carried import carried
from com1d.core.carry import Packed, pack, restore
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
from com1d.sessions.members import Members
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
        "_members": "handed over one by one",
        "_parts": "of the console",
        "_queue": "of the table and the clients",
        "_record": "of the daemon",
        "_succession": "handed over by itself",
        "_table": "handed over by itself, since others know it",
        "talk": "bounds what is said within ten seconds, and begins anew",
    }
)
class Seating:
    """The sessions of one console, and the client of each."""

    __slots__ = (
        "_attendance", "_members", "_parts", "_queue", "_record", "_succession", "_table", "began",
        "lost", "preemptions", "talk", "typed_in_vain",
    )  # fmt: skip

    def __init__(
        self,
        parts: Parts,
        record: Callable[[facts.Fact], Any],
        attendance: Attendance,
        audience_changed: Callable[[], None],
    ) -> None:
        """Begin without sessions. `audience_changed` is called when `audience` changes."""
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
        self._table = Sessions()
        members = self._members = Members(parts, audience_changed)
        self._queue = Queue(self._table, members.sessions, members.clients)
        self._succession = Succession(parts, record, members.clients, self._begin)
        self.talk = Talk(parts, members.sessions, members.notify)
        """Messages to whoever is attached, and notes."""

    # -- in and out -------------------------------------------------------------------------

    def may_attach(self, mode: Mode, *, preempt: bool, wait: bool) -> None:
        """Raise `Busy`, naming the holder, when an attach would be refused now."""
        answer, holder = self._table.ask(mode, preempt=preempt, wait=wait), self.active
        if isinstance(answer, Refused) and holder is not None:
            count = answer.waiting
            raise holder.keeps(f", and {count} wait for it already" if count else "")

    def attach(
        self, session: Session, client: Client, *, preempt: bool = True, wait: bool = False
    ) -> None:
        """Let a session in after `may_attach`; its stream begins at its cursor.

        It preempts the holder of the seat that it wants or, with `wait`, queues for it.
        `console.admission` has decided, numbered and audited it before.
        """
        session.since, session.began = now(), monotonic()
        session.start = session.cursor
        self._members.enter(session, client)
        commands = self._table.attach(session.number, session.wanted, preempt=preempt, wait=wait)
        self._obey(commands)
        self._queue.tell()

    def left(self, number: SessionId, outcome: Outcome) -> None:
        """Forget a session whose client's socket is closed.

        Its typed bytes are still sent, but a paste is stopped, since nobody could watch it any
        more.
        """
        session = self._members.sessions[number]
        if session.outcome is None:
            session.outcome = outcome
        had_seat = self._succession.unseat(session, session.outcome) is not None
        self._succession.forget(session)
        commands = self._table.detach(number)
        self._attendance.end(session.via)
        self._attendance.leave(session.caller.peer.uid)
        self._members.leave(session)
        self.lost += session.lost
        self._note(session, session.outcome)
        self._record(session.ended_fact(session.outcome, monotonic() - session.began))
        if had_seat:
            self._succession.secure(session)
        self._obey(commands)
        if commands or session.mode is not session.wanted:
            self._queue.tell()
        if not self._members.sessions:
            self._attendance.vacated(self._parts.name)

    def grant(self, number: SessionId, to: SessionId | None) -> None:
        """Give the seat of a session to a waiting one, by default the first that asked for it.

        Raises `BadRequest` when there is none.
        """
        holder, heir = self._members.sessions[number], self._queue.heir(to)
        commands = self._table.grant(heir.number)
        self._record(facts.SessionGranted(*holder.key, heir.caller.user, heir.number))
        self._obey(commands)
        self._queue.tell()

    def dismiss(self, session: Session, code: int, reason: str) -> None:
        """Close a session, unless it has left meanwhile."""
        self._members.dismiss(session, code, reason)

    def revoke(self) -> None:
        """Revoke the active session's seat at once, before it is closed."""
        active = self.active
        if active is not None and active.seat is not None:
            active.seat.revoke()

    def close(self) -> None:
        """End what is pending and drop the callbacks, because the console stops."""
        self._succession.close()
        self._members.close()

    # -- from one process to the next -------------------------------------------------------

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all sessions with their clients, and who has the seat."""
        return {
            "counts": pack(self),
            "table": pack(self._table),
            **self._members.hand_over(fds),
            "succession": self._succession.hand_over(),
        }

    def take_over(
        self, packed: Packed, fds: Descriptors, make: Callable[[int, Session], Client]
    ) -> None:
        """Go on with all sessions; `make` makes the client of a session at a descriptor."""
        restore(self, packed["counts"])
        restore(self._table, packed["table"])
        self._members.take_over(packed, fds, make, self._parts.ring)
        for session in self._members.sessions.values():
            self._attendance.begin(session.via)
            self._attendance.come(session.caller.peer.uid)
        self._succession.take_over(packed["succession"], self._members.sessions)

    def go_on(self) -> None:
        """Send every client what came meanwhile."""
        self._members.go_on()

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return "the guest is being locked" if self._succession.under_way else ""

    # -- the commands of core.session -------------------------------------------------------

    def _obey(self, commands: list[Command]) -> None:
        sessions = self._members.sessions
        for command in commands:
            match command:
                case Preempt(session=number, by=by):
                    self._preempt(sessions[number], sessions[by])
                case HandOver(session=number, to=to):
                    self._hand_over(sessions[number], sessions[to])
                case Admit(session=number, mode=mode):
                    self._admit(sessions[number], mode)
                case Promote(session=number):
                    self._succession.follow(sessions[number])

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
        client = self._members.clients[earlier.number]
        client.notify(events.Preempted(newcomer.user, at, end, origin))
        client.dismiss(wire.CLOSE_PREEMPTED, f"preempted by {newcomer.person} at {at}")

    def _hand_over(self, giver: Session, heir: Session) -> None:
        self._replace(giver, Outcome.HANDED_OVER)
        at, end, origin = now(), self._parts.ring.end, heir.caller.origin.as_json()
        client = self._members.clients[giver.number]
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
        self._members.clients[session.number].notify(
            events.Attached(
                **self._parts.standing(),
                mode=mode.value, replay=replay, window=session.window,
                user=session.caller.user, session=session.number,
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
            self._members.clients[session.number].notify(events.Seated(now(), self._parts.ring.end))
        else:
            self._open_stream(session)

    def _open_stream(self, session: Session) -> None:
        ring, client = self._parts.ring, self._members.listen(session)
        client.start(ring)
        client.notify(events.Replayed(ring.end))
        client.pump()

    # -- questions --------------------------------------------------------------------------

    @property
    def audience(self) -> tuple[Client, ...]:
        """Clients that get the stream, oldest first."""
        return self._members.audience

    @property
    def active(self) -> Session | None:
        """The active session, which has the seat or waits until the guest is locked; or None."""
        number = self._table.active
        return None if number is None else self._members.sessions[number]

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
        return tuple(
            sorted(self._members.sessions.values(), key=lambda each: each.mode is Mode.ACTIVE)
        )

    def notify(self, event: events.Event) -> None:
        """Send an event to every client."""
        self._members.notify(event)

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
            raise active.keeps()
        self._succession.note_activity()
        return active.number

    def describe(self) -> dict[str, Any]:
        """Give the sessions as the interface shows them."""
        active = self.active
        return {
            "active": None if active is None else active.describe(),
            "observers": [each.describe() for each in self._members.observers],
            "waiting": [
                self._members.sessions[number].describe() for number in self._table.waiting
            ],
        }

    def audit_entry(self, number: SessionId, verb: str) -> AuditEntry:
        """Make the audit entry of an act of a session."""
        return self._members.sessions[number].audit_entry(verb, self._record)

    def _note(self, session: Session, what: str) -> None:
        """Note a mark in the boot diagnostics log at the stream's present end."""
        self._parts.log.note(
            "session", what=what, session=session.number, user=session.caller.user,
            mode=session.wanted.value, via=session.via,
        )  # fmt: skip
