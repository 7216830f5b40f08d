"""Facts of sessions and of what their users did."""

from typing import ClassVar

from com1d.core.carried import carried
from com1d.core.session.session import SessionId
from com1d.telemetry.facts.base import AuditedFact
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class SessionBegan(AuditedFact):
    """A client may attach. It stands in the audit before it takes effect."""

    event: ClassVar[str] = "session.began"
    mode: str
    via: str


@dataclass(frozen=True, slots=True)
class SessionEnded(AuditedFact):
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
class SessionSeated(AuditedFact):
    """A waiting session became the active session."""

    event: ClassVar[str] = "session.seated"


@dataclass(frozen=True, slots=True)
class SessionGranted(AuditedFact):
    """The active session granted its seat to a waiting one, and will be preempted by it."""

    event: ClassVar[str] = "session.granted"
    to: str
    to_session: SessionId


@dataclass(frozen=True, slots=True)
class SessionPreempted(AuditedFact):
    """A newer active session took the place of this one."""

    event: ClassVar[str] = "session.preempted"
    outcome: str
    by: str
    by_session: SessionId
    discarded: int


@dataclass(frozen=True, slots=True)
class SessionSecured(AuditedFact):
    """The result of locking the guest when its user had gone."""

    event: ClassVar[str] = "session.secured"
    outcome: str
    """`locked`, `skipped` or `failed`."""
    reason: str | None
    seconds: float


@carried()
@dataclass(frozen=True, slots=True)
class AttachRefused(AuditedFact):
    """An attach was refused."""

    event: ClassVar[str] = "attach.refused"
    level: ClassVar[str] = "warning"
    mode: str
    via: str
    outcome: str
    """The problem's code."""


@carried()
@dataclass(frozen=True, slots=True)
class VerbUsed(AuditedFact):
    """A verb on a console or the host was carried out or refused."""

    event: ClassVar[str] = "verb.used"
    verb: str
    outcome: str
    """`ok`, or the problem's code."""
    details: dict[str, int | str] | None = None
    """Sizes and counts: never a text that somebody typed or pasted."""


@dataclass(frozen=True, slots=True)
class RefusalsMerged(AuditedFact):
    """Repeated refusals of the same kind; the first one has a line of its own."""

    event: ClassVar[str] = "refusals.merged"
    level: ClassVar[str] = "warning"
    verb: str
    outcome: str
    """The problem's code."""
    count: int
    """Number of refusals without a line of their own; the console is that of the last."""
    seconds: float
    """Seconds within which they came, at most."""
