"""Who is at a console: the active session, observers, and those who wait for the seat.

`core.session` decides; here its commands become closed sockets, events, and lines of the audit.
"""

from functools import partial
from itertools import count
from time import monotonic
from typing import Any, Final, Protocol

from com1d import wire
from com1d.access.peer import Caller
from com1d.audit.entry import Deed, Details
from com1d.clients.client import Reader
from com1d.config import ConsoleConfig
from com1d.core.session.session import (
    WAITING_MAX,
    Command,
    Preempt,
    Seat,
    SessionId,
    Sessions,
    Wait,
)
from com1d.core.stream.ring import Ring
from com1d.errors import BadRequest, Busy
from com1d.guest.guest_watch import GuestWatch
from com1d.input.input import Input
from com1d.loop.clock import now
from com1d.sessions.succession import IDLE, Succession
from com1d.telemetry import facts
from com1d.wire.words import Mode


_ids: Final = count(1)
"""Session numbers are unique in the daemon's life, so that audit and events can name one."""


def new_session() -> SessionId:
    """Give the number of a new session."""
    return next(_ids)


class Place(Protocol):
    """What the sessions need of their console."""

    config: ConsoleConfig
    ring: Ring
    input: Input
    watch: GuestWatch

    @property
    def name(self) -> str:
        """Its name in the configuration."""

    @property
    def connected(self) -> bool:
        """Whether the port is open."""

    @property
    def oldest(self) -> int:
        """Offset of the oldest byte that can still be had."""

    def standing(self) -> dict[str, Any]:
        """Give what the event `attached` tells of the console."""

    def attune(self) -> None:
        """Let hear what the guest prints whoever needs to know of it now."""

    def note(self, kind: str, **what: Any) -> None:
        """Note in the boot diagnostics log, beside the stream, what happens here and now."""


class Shared(Protocol):
    """What all consoles of the daemon have in common."""

    sessions: int
    """Attached sessions of all consoles."""

    def vacated(self, console: str) -> None:
        """Take note that the last client of a console has left."""

    def record(self, fact: facts.Fact) -> None:
        """Tell the log, the event stream and the audit what happened."""


class Seating:
    """The clients of one console."""

    __slots__ = (
        "_console", "_readers", "_seats", "_shared", "_succession", "audience", "began", "lost",
        "preemptions",
    )  # fmt: skip

    def __init__(self, console: Place, shared: Shared) -> None:
        """Begin with nobody."""
        self.audience: tuple[Reader, ...] = ()
        """Who sees the stream, oldest first: what the guest prints goes to each of them."""
        self.began = 0
        """Sessions that ever began."""
        self.preemptions = 0
        self.lost = 0
        """Bytes that clients who left had missed."""
        self._console = console
        self._shared = shared
        self._seats = Sessions()
        self._succession = Succession(console, shared.record)
        self._readers: dict[SessionId, Reader] = {}

    # -- in and out -------------------------------------------------------------------------

    def may_attach(self, mode: Mode, *, preempt: bool, wait: bool) -> None:
        """Raise `Busy`, naming the holder, when an attach would be refused now."""
        holder = self.active
        if mode is not Mode.ACTIVE or holder is None or (preempt and not wait):
            return
        if wait and len(self._seats.waiting) < WAITING_MAX:
            return
        text = f"{self._console.name} is held by {holder.caller.user} since {holder.since}"
        if wait:
            text += f", and {WAITING_MAX} wait for it already"
        raise Busy(text, by=holder.caller.user, since=holder.since)

    def attach(
        self, reader: Reader, *, cursor: int, wait: bool = False, request: bool = False
    ) -> None:
        """Let `reader` in; its stream begins at `cursor`.

        It preempts whoever holds the seat that it wants or, with `wait`, queues for it; with
        `request`, the holder is asked for it. That it may come in is decided, numbered and
        written down before, by `admission`.
        """
        reader.since, reader.began = now(), monotonic()
        reader.requests = request
        self._readers[reader.session] = reader
        commands = self._seats.attach(reader.session, reader.mode, wait=wait)
        if Wait(reader.session) in commands:
            reader.mode = Mode.OBSERVE
        elif reader.mode is Mode.ACTIVE:
            self._obey(commands)
        self.began += 1
        self._shared.sessions += 1
        self._note(reader, "began")
        self._greet(reader, cursor)
        if reader.mode is Mode.ACTIVE:
            self._succession.follow(reader, partial(self._begin, reader, cursor))
        else:
            self._open_stream(reader, cursor)
        self._tell_queue()

    def _begin(self, reader: Reader, cursor: int) -> None:
        """Let a new active session see and type, if it still is that."""
        if self.active is reader:
            self._succession.sit(reader)
            self._open_stream(reader, cursor)

    def _greet(self, reader: Reader, cursor: int) -> None:
        ring = self._console.ring
        reader.notify(
            {
                "event": "attached",
                **self._console.standing(),
                "mode": reader.mode.value,
                "replay": ring.end - max(cursor, self._console.oldest),
                "user": reader.caller.user,
            }
        )

    def _open_stream(self, reader: Reader, cursor: int) -> None:
        ring = self._console.ring
        self.audience = (*self.audience, reader)
        self._console.attune()
        reader.start(ring, cursor)
        reader.notify({"event": "replayed", "offset": ring.end})
        reader.pump()

    def leave(self, reader: Reader) -> None:
        """Forget a client whose socket is closed.

        What it typed is still sent, except a paste, which nobody could watch any more.
        """
        if self.may_type(reader.session):
            self._console.input.leave()
        outcome = IDLE if self._succession.slept(reader) else reader.outcome
        commands = self._seats.detach(reader.session)
        if self._readers.pop(reader.session, None) is None:
            return
        self._shared.sessions -= 1
        self.audience = tuple(other for other in self.audience if other is not reader)
        self._console.attune()
        self.lost += reader.lost
        self._note(reader, outcome)
        self._shared.record(
            facts.SessionEnded(
                *self._deed(reader), reader.wanted.value, reader.via, outcome,
                typed=reader.typed, delivered=reader.delivered, lost=reader.lost,
                seconds=round(monotonic() - reader.began, 3),
            )
        )  # fmt: skip
        self._succession.part(reader, outcome)
        self._obey(commands)
        if commands or reader.mode is not reader.wanted:
            self._tell_queue()
        if not self._readers:
            self._shared.vacated(self._console.name)

    def grant(self, holder: Reader, to: SessionId | None) -> None:
        """Give the holder's seat to a session that waits, by default the first that asked for it.

        Raises `BadRequest` when there is none.
        """
        asking = [number for number in self._seats.waiting if self._readers[number].requests]
        if to is None and not asking:
            raise BadRequest("nobody asks for this session")
        to = asking[0] if to is None else to
        if to not in self._seats.waiting:
            raise BadRequest(f"session {to} does not wait for this console")
        commands = self._seats.grant(to)
        self._shared.record(
            facts.SessionGranted(*self._deed(holder), self._readers[to].caller.user, to)
        )
        self._obey(commands)
        self._tell_queue()

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Preempt(session, by):
                    self._preempt(self._readers[session], self._readers[by])
                case Seat(session):
                    reader = self._readers[session]
                    self._succession.follow(reader, partial(self._seat, reader))

    def _preempt(self, earlier: Reader, newer: Reader) -> None:
        self.preemptions += 1
        discarded = 0 if self._succession.under_way else self._console.input.preempt()
        by, at = newer.caller.user, now()
        self._shared.record(
            facts.SessionPreempted(*self._deed(earlier), "preempted", by, newer.session, discarded)
        )
        self._succession.part(earlier, "preempted")
        earlier.outcome = wire.Outcome.PREEMPTED  # also where its client turns out to have gone
        end = self._console.ring.end
        earlier.notify({"event": "preempted", "by": by, "at": at, "offset": end})
        earlier.dismiss(wire.CLOSE_PREEMPTED, f"preempted by {by} at {at}")

    def _seat(self, reader: Reader) -> None:
        """Give the seat to one who waited, if nobody has taken it meanwhile."""
        if self.active is not reader:
            return
        reader.mode = Mode.ACTIVE
        reader.told = None
        self._succession.sit(reader)
        self._shared.record(facts.SessionSeated(*self._deed(reader)))
        reader.notify({"event": "seated", "at": now(), "offset": self._console.ring.end})

    def _tell_queue(self) -> None:
        """Tell each one who waits its place and for whom, and the holder who asks for the seat."""
        holder = self.active
        if holder is None:
            return
        for place, number in enumerate(self._seats.waiting, start=1):
            reader = self._readers.get(number)
            if reader is None or self.active is not holder:
                return  # somebody could not even be told, and left: that has told the others
            before, reader.told = reader.told, (place, holder.session)
            if reader.requests and (before is None or before[1] != holder.session):
                holder.notify(
                    {
                        "event": "requested",
                        "by": reader.caller.user,
                        "at": reader.since,
                        "session": number,
                    }
                )
            if before != reader.told:
                user, since = holder.caller.user, holder.since
                reader.notify({"event": "waiting", "place": place, "by": user, "since": since})

    # -- who --------------------------------------------------------------------------------

    @property
    def active(self) -> Reader | None:
        """The client that types, if there is one."""
        session = self._seats.active
        return None if session is None else self._readers[session]

    def may_type(self, session: SessionId) -> bool:
        """Whether this session's input may go to the port now."""
        return self._seats.may_type(session) and not self._succession.under_way

    def stir(self) -> None:
        """Take note that the active session does something."""
        self._succession.stir()

    def close(self) -> None:
        """Let nobody wait any more: the console goes."""
        self._succession.close()

    def demand(self, caller: Caller) -> SessionId:
        """Give the session for which `caller` may paste or press keys from outside a stream.

        Raises `Busy` while somebody else holds the active session: input never interleaves.
        """
        active, name = self.active, self._console.name
        if self._succession.under_way:
            raise Busy(f"{name}: its guest is being locked behind the user who has just left")
        if active is None:
            return new_session()
        if not caller.is_same_user(active.caller):
            raise Busy(f"{name} is held by {active.caller.user} since {active.since}")
        self.stir()
        return active.session

    def readers(self) -> tuple[Reader, ...]:
        """Give the attached clients, the active one last.

        When all are sent away in this order, nobody is seated on the way out.
        """
        return tuple(sorted(self._readers.values(), key=lambda reader: reader.mode is Mode.ACTIVE))

    def describe(self) -> dict[str, Any]:
        """Give who is on, as the interface shows it."""
        active = self.active
        observers = [reader for reader in self.audience if reader.wanted is Mode.OBSERVE]
        waiting = [self._readers[number] for number in self._seats.waiting]
        return {
            "active": None if active is None else _who(active),
            "observers": [*map(_who, observers)],
            "waiting": [*map(_who, waiting)],
        }

    def deed(self, reader: Reader, verb: str) -> Deed:
        """Prepare the audit's line about something that a session does."""

        def tell(outcome: str, details: Details | None) -> None:
            self._shared.record(facts.VerbUsed(*self._deed(reader), verb, outcome, details))

        return Deed(tell)

    def _note(self, reader: Reader, what: str) -> None:
        self._console.note(
            "session", what=what, session=reader.session, user=reader.caller.user,
            mode=reader.wanted.value, via=reader.via,
        )  # fmt: skip

    def _deed(self, reader: Reader) -> tuple[facts.Who, str, SessionId]:
        return reader.caller.who, self._console.name, reader.session


def _who(reader: Reader) -> dict[str, Any]:
    caller = reader.caller
    return {
        "user": caller.user,
        "uid": caller.peer.uid,
        "pid": caller.pid,
        "command": caller.command,
        "gateway": caller.gateway,
        "since": reader.since,
        "via": reader.via,
        "session": reader.session,
    }
