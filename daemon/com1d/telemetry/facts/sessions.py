"""Facts of who attached, and what he did."""

from dataclasses import dataclass
from typing import ClassVar

from com1d.core.session.session import SessionId
from com1d.telemetry.facts.base import Deed


@dataclass(frozen=True, slots=True)
class SessionBegan(Deed):
    """A client may attach. It stands in the audit before it takes effect."""

    event: ClassVar[str] = "session.began"
    mode: str
    via: str


@dataclass(frozen=True, slots=True)
class SessionEnded(Deed):
    """A client left or was sent away: one for each that began."""

    event: ClassVar[str] = "session.ended"
    mode: str
    via: str
    outcome: str
    """`left`, or why it was sent away: `preempted`, `disabled`, `forbidden`, …"""
    typed: int
    """Bytes from the client that were taken."""
    delivered: int
    """Bytes of the console that the client took."""
    lost: int
    seconds: float


@dataclass(frozen=True, slots=True)
class SessionSeated(Deed):
    """One who waited, and observed meanwhile, became the active session."""

    event: ClassVar[str] = "session.seated"


@dataclass(frozen=True, slots=True)
class SessionGranted(Deed):
    """The active session gave its seat to one who waits: its preemption is next."""

    event: ClassVar[str] = "session.granted"
    to: str
    to_session: SessionId


@dataclass(frozen=True, slots=True)
class SessionPreempted(Deed):
    """A newer active session took the place of this one."""

    event: ClassVar[str] = "session.preempted"
    outcome: str
    by: str
    by_session: SessionId
    discarded: int


@dataclass(frozen=True, slots=True)
class SessionSecured(Deed):
    """What became of the guest when its user had gone, where it is to be locked then."""

    event: ClassVar[str] = "session.secured"
    outcome: str
    """`locked`, `skipped` or `failed`."""
    reason: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class AttachRefused(Deed):
    """Somebody was not let in."""

    event: ClassVar[str] = "attach.refused"
    level: ClassVar[str] = "warning"
    mode: str
    via: str
    outcome: str
    """The problem's code."""


@dataclass(frozen=True, slots=True)
class VerbUsed(Deed):
    """Somebody did something to a console or the host, or was refused it."""

    event: ClassVar[str] = "verb.used"
    verb: str
    outcome: str
    """`ok`, or the problem's code."""
    details: dict[str, int | str] | None = None
    """Sizes and counts: never a text that somebody typed or pasted."""


@dataclass(frozen=True, slots=True)
class RefusalsMerged(Deed):
    """Somebody was refused the same again and again; the first time has a line of its own."""

    event: ClassVar[str] = "refusals.merged"
    level: ClassVar[str] = "warning"
    verb: str
    outcome: str
    """The problem's code."""
    count: int
    """Refusals that have no line; the console is that of the last."""
    seconds: float
    """Within which they were, at most."""
