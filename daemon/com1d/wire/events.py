"""The events of `com1.v1`: what the daemon tells a client in text frames, beside the bytes.

One frozen class for each event. The daemon builds them and clients match them by type, so that a
misspelt member is found by the type checker. PROTOCOL.md's table is generated from here.
"""

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, ClassVar, Final, Self

from com1d.errors import Problem
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """What all events have in common: a name, and members that are the fields' names."""

    name: ClassVar[str]
    """The value of the member `event`."""
    meaning: ClassVar[str]
    """What it says to a client, for PROTOCOL.md."""

    def as_json(self) -> dict[str, Any]:
        """Give the JSON object; members that are None are left out, `more` is spread into it."""
        members = {f.name: getattr(self, f.name) for f in fields(self)}
        more = members.pop("more", {})
        said = {key: value for key, value in members.items() if value is not None}
        return {"event": self.name, **said, **more}


@dataclass(frozen=True, slots=True)
class Attached(Event):
    """The first event of every attach."""

    name: ClassVar[str] = "attached"
    meaning: ClassVar[str] = (
        "always first; `replay` bytes, less what is `lost`, follow before `replayed`"
    )

    console: str
    mode: str
    offset: int
    replay: int
    window: int
    boot: int
    logged: bool
    user: str
    connected: bool
    guest: str
    guest_state: str
    session: int
    """Its number, by which it can be taken over by its own user only: `preempt`."""
    reason: str | None = None
    """Why the port is down, where it is."""
    uuid: str | None = None
    """The VM's, where it is known."""


@dataclass(frozen=True, slots=True)
class Screen(Event):
    """A painted screen follows."""

    name: ClassVar[str] = "screen"
    meaning: ClassVar[str] = (
        "with `replay=screen`: so many bytes follow that are no part of the stream, which goes on "
        "at `offset`"
    )

    bytes: int
    offset: int


@dataclass(frozen=True, slots=True)
class Replayed(Event):
    """The backlog is through."""

    name: ClassVar[str] = "replayed"
    meaning: ClassVar[str] = "the backlog is through; a terminal answers no query before this"

    offset: int


@dataclass(frozen=True, slots=True)
class Lost(Event):
    """The client missed bytes."""

    name: ClassVar[str] = "lost"
    meaning: ClassVar[str] = (
        "the ring moved past you, or the log does not have them: so many bytes are missing here, "
        "the next is `offset`"
    )

    bytes: int
    offset: int


@dataclass(frozen=True, slots=True)
class PortDown(Event):
    """The port is closed."""

    name: ClassVar[str] = "port-down"
    meaning: ClassVar[str] = "the VM or adapter is gone; the session stays"

    reason: str
    at: str
    offset: int


@dataclass(frozen=True, slots=True)
class PortUp(Event):
    """The port is open again."""

    name: ClassVar[str] = "port-up"
    meaning: ClassVar[str] = "it is back"

    at: str
    offset: int


@dataclass(frozen=True, slots=True)
class InputRefused(Event):
    """What the client sent was not sent on. `more` has the other members of a problem."""

    name: ClassVar[str] = "input-refused"
    meaning: ClassVar[str] = "what you sent was not sent on"

    code: str
    detail: str | None = None
    bytes: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Tell a problem."""
        more = problem.as_json()
        return cls(more.pop("code"), more.pop("detail", None), more=more)


@dataclass(frozen=True, slots=True)
class InputDiscarded(Event):
    """What the client had typed will not reach the guest any more."""

    name: ClassVar[str] = "input-discarded"
    meaning: ClassVar[str] = "what you had typed will not reach the guest any more"

    bytes: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Preempted(Event):
    """Another session took over."""

    name: ClassVar[str] = "preempted"
    meaning: ClassVar[str] = "then close 4001"

    by: str
    at: str
    offset: int
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class HandedOver(Event):
    """The session gave its seat to another one."""

    name: ClassVar[str] = "handed-over"
    meaning: ClassVar[str] = "you gave your seat away; then close 4007"

    to: str
    at: str
    offset: int
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Waiting(Event):
    """The client's place in the queue for the active session."""

    name: ClassVar[str] = "waiting"
    meaning: ClassVar[str] = (
        "you queue behind `place` - 1 others for what `by` holds; again whenever that changes"
    )

    place: int
    by: str
    since: str
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Restarted(Event):
    """The daemon ends the session; another one goes on."""

    name: ClassVar[str] = "restarted"
    meaning: ClassVar[str] = (
        "then close 1012: you have the stream up to `offset`; attach again with `from=OFFSET`"
    )

    offset: int


@dataclass(frozen=True, slots=True)
class Seated(Event):
    """The client is the active session from here on."""

    name: ClassVar[str] = "seated"
    meaning: ClassVar[str] = "your turn: you are the active session from here on"

    at: str
    offset: int


@dataclass(frozen=True, slots=True)
class Requested(Event):
    """Somebody who waits asks the active session for its seat."""

    name: ClassVar[str] = "requested"
    meaning: ClassVar[str] = "somebody who waits asks you for the seat"

    by: str
    at: str
    session: int
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Message(Event):
    """What a user says to the others on the console."""

    name: ClassVar[str] = "message"
    meaning: ClassVar[str] = "a user says this to all who are on the console, himself included"

    by: str
    text: str
    at: str
    offset: int
    session: int | None = None
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """What a user wrote into the log."""

    name: ClassVar[str] = "noted"
    meaning: ClassVar[str] = "a user wrote this note into the log at `offset`"

    by: str
    text: str
    at: str
    offset: int
    session: int | None = None
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PasteProgress(Event):
    """How far a paste is."""

    name: ClassVar[str] = "paste"
    meaning: ClassVar[str] = (
        "how far a paste is, in characters; `sent` is `of` at its end, when the line is free again"
    )

    sent: int
    of: int
    verified: int


@dataclass(frozen=True, slots=True)
class Hint(Event):
    """Something that the user should know."""

    name: ClassVar[str] = "hint"
    meaning: ClassVar[str] = (
        "something that the user should know; no error. With `confirm`, a key that was held: the "
        "same key again passes"
    )

    text: str
    confirm: str | None = None


@dataclass(frozen=True, slots=True)
class NotDraining(Event):
    """The guest does not read what was typed."""

    name: ClassVar[str] = "not-draining"
    meaning: ClassVar[str] = "the guest does not read what was typed"

    bytes: int
    text: str


@dataclass(frozen=True, slots=True)
class GuestState(Event):
    """The guest does something else now."""

    name: ClassVar[str] = "guest"
    meaning: ClassVar[str] = "the guest does something else now, by the look of its output"

    state: str
    since: str
    hint: str
    evidence: str
    offset: int
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GuestNotice(Event):
    """The guest survived something."""

    name: ClassVar[str] = "notice"
    meaning: ClassVar[str] = (
        "the guest survived something, its state is the same: `soft-lockup`, `hard-lockup`, "
        "`rcu-stall`, `out-of-memory`, `hung-task`, `oops`, `machine-check`, `read-only`, "
        "`disk-error`; `skipped` before it were too many to be told"
    )

    what: str
    evidence: str
    offset: int
    skipped: int


@dataclass(frozen=True, slots=True)
class VmTold(Event):
    """What the hypervisor tells, and the steps of a restart. `more` depends on `what`."""

    name: ClassVar[str] = "vm"
    meaning: ClassVar[str] = (
        "what the hypervisor tells: `reset`, `shutdown`, `panic`, …; `progress` with `text` during "
        "a restart; `skipped`: more than ten a second, `cause` has how many were not told"
    )

    what: str
    at: str
    offset: int
    cause: str | None = None
    text: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pong(Event):
    """The answer to `ping`."""

    name: ClassVar[str] = "pong"
    meaning: ClassVar[str] = "what you asked by `ping`, behind all that was on its way to you"


EVENTS: Final[dict[str, type[Event]]] = {
    kind.name: kind
    for kind in (
        Attached, Screen, Replayed, Lost, PortDown, PortUp, InputRefused, InputDiscarded, Preempted,
        HandedOver, Restarted, Waiting, Seated, Requested, Message, Noted, PasteProgress, Hint,
        NotDraining, GuestState, GuestNotice, VmTold, Pong,
    )
}  # fmt: skip
"""Every event, by name, in the order of PROTOCOL.md."""


def parse(message: Mapping[str, Any]) -> Event | None:
    """Read an event that a daemon sent; None for one that this version does not know.

    A member that the class does not name goes into `more` where it has one, else it is dropped; a
    member that is missing is None. So a client of this version understands what it can of a newer
    daemon.
    """
    kind = EVENTS.get(str(message.get("event")))
    if kind is None:
        return None
    known = {f.name for f in fields(kind)}
    members = {name: message.get(name) for name in known - {"more"}}
    if "more" in known:
        members["more"] = {k: v for k, v in message.items() if k not in known and k != "event"}
    return kind(**members)
