"""What happened, as frozen values. The runtime states facts; `log` and the event stream tell them.

A fact's `event` is a noun and a verb in the past, its fields are keys and not prose.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from com1d.core.audit import REMOVED
from com1d.core.session import SessionId


@dataclass(frozen=True, slots=True)
class Fact:
    """Base of all facts."""

    event: ClassVar[str]
    level: ClassVar[str] = "info"
    audited: ClassVar[bool] = False
    """Whether it belongs into the audit, too."""

    def fields(self) -> dict[str, Any]:
        """Give the keys and values, without those that say nothing."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Who:
    """The process that did something, and for whom."""

    user: str
    """Its user or, where a gateway speaks, the user that the gateway speaks for."""
    uid: int
    gid: int
    pid: int
    command: str
    """Its name as the kernel has it (proc(5), comm), when it connected."""
    gateway: str | None = None
    """The gateway's own user, where one speaks: the numbers and the command are then its own."""


@dataclass(frozen=True, slots=True)
class Deed(Fact):
    """Base of what somebody did, or was not allowed to do: the audit has each of them."""

    audited: ClassVar[bool] = True
    who: Who
    console: str | None
    """None where it concerns the whole host."""
    session: SessionId | None

    def fields(self) -> dict[str, Any]:
        """Give the keys and values, with those of `who` among them."""
        fields = {"outcome": "ok"} | asdict(self)
        fields |= fields.pop("who")
        return {key: value for key, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PortCameUp(Fact):
    """A line is open: the guest can be heard."""

    event: ClassVar[str] = "port.came_up"
    console: str
    port: str


@dataclass(frozen=True, slots=True)
class PortWentDown(Fact):
    """The line has ended; its keeper tries again."""

    event: ClassVar[str] = "port.went_down"
    level: ClassVar[str] = "warning"
    console: str
    port: str
    reason: str
    discarded: int
    """Typed bytes that the line had not taken."""


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
class SwitchUnkept(Fact):
    """Something was switched off, and after a restart it will be on again."""

    event: ClassVar[str] = "switch.unkept"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    console: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class SwitchesDamaged(Fact):
    """What was kept of the switches cannot be used, so the host is off until an owner acts."""

    event: ClassVar[str] = "switches.damaged"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    reason: str


@dataclass(frozen=True, slots=True)
class RolesInForce(Fact):
    """The `[[roles]]` and `[[gateways]]` changed, or were read at the start."""

    event: ClassVar[str] = "roles.in_force"
    audited: ClassVar[bool] = True
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditOpened(Fact):
    """The audit goes on after the line that it ended with."""

    event: ClassVar[str] = "audit.opened"
    audited: ClassVar[bool] = True
    after: int
    """The sequence number of that line."""
    hash: str
    cut: int
    """Bytes of an unfinished line at the end that were cut off: the daemon was killed."""
    missing: int
    """Lines that the kept head counts and the file no longer had."""


@dataclass(frozen=True, slots=True)
class AuditRotated(Fact):
    """A full file was put aside. The journal has this too, as a witness of the chain."""

    event: ClassVar[str] = "audit.rotated"
    file: str
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditRemoved(Fact):
    """The oldest lines go, so that the audit does not fill the disk."""

    event: ClassVar[str] = REMOVED
    audited: ClassVar[bool] = True
    file: str
    through: int
    """The last sequence number that goes."""


@dataclass(frozen=True, slots=True)
class AuditFailing(Fact):
    """The audit cannot be written. Its lines wait, and whether attaches do is configured."""

    event: ClassVar[str] = "audit.failing"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    reason: str


@dataclass(frozen=True, slots=True)
class AuditRecovered(Fact):
    """The audit can be written again."""

    event: ClassVar[str] = "audit.recovered"
    level: ClassVar[str] = "warning"
    audited: ClassVar[bool] = True
    seconds: float


@dataclass(frozen=True, slots=True)
class AuditGap(Fact):
    """More happened than could wait while the audit could not be written."""

    event: ClassVar[str] = "audit.gap"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    missed: int
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class DaemonStarted(Fact):
    """All ports were tried once and all sockets listen."""

    event: ClassVar[str] = "daemon.started"
    audited: ClassVar[bool] = True
    version: str
    consoles: int
    up: int
    socket: str


@dataclass(frozen=True, slots=True)
class DaemonStopped(Fact):
    """Clients were told, ports were put back."""

    event: ClassVar[str] = "daemon.stopped"
    audited: ClassVar[bool] = True
    clients: int


@dataclass(frozen=True, slots=True)
class ConfigReloaded(Fact):
    """A changed configuration is in force."""

    event: ClassVar[str] = "config.reloaded"
    audited: ClassVar[bool] = True
    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class ConfigRefused(Fact):
    """A changed configuration is wrong; the one before stays in force."""

    event: ClassVar[str] = "config.refused"
    level: ClassVar[str] = "error"
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestFailed(Fact):
    """The daemon itself made a mistake while it answered a request."""

    event: ClassVar[str] = "request.failed"
    level: ClassVar[str] = "error"
    request: str
    error: str


@dataclass(frozen=True, slots=True)
class LogGap(Fact):
    """Bytes that a guest printed are not in its log; its marks say where, too."""

    event: ClassVar[str] = "log.gap"
    level: ClassVar[str] = "warning"
    console: str
    bytes: int
    """In all gaps that this tells of."""
    gaps: int
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class LogFailed(Fact):
    """Logs cannot be written now; they are tried again until they can."""

    event: ClassVar[str] = "log.failed"
    level: ClassVar[str] = "error"
    console: str
    """The first of those that failed for this reason at this moment."""
    consoles: int
    reason: str


@dataclass(frozen=True, slots=True)
class LogResumed(Fact):
    """Logs that failed are written again; what they missed is told as gaps."""

    event: ClassVar[str] = "log.resumed"
    console: str
    consoles: int


@dataclass(frozen=True, slots=True)
class LogRecovered(Fact):
    """The end of a log was torn when the daemon or the host stopped; it was cut off."""

    event: ClassVar[str] = "log.recovered"
    level: ClassVar[str] = "warning"
    console: str
    cut: int
    """Bytes of the write that was not finished."""


@dataclass(frozen=True, slots=True)
class LogSetAside(Fact):
    """A log cannot be continued, and was moved out of the way."""

    event: ClassVar[str] = "log.set_aside"
    level: ClassVar[str] = "error"
    console: str
    path: str
    """Where it is now."""
    reason: str


@dataclass(frozen=True, slots=True)
class LogDamaged(Fact):
    """What was read from a log is not what was written there; it was left out."""

    event: ClassVar[str] = "log.damaged"
    level: ClassVar[str] = "error"
    console: str
    offset: int
    bytes: int


@dataclass(frozen=True, slots=True)
class VmChanged(Fact):
    """A hypervisor told of a reset, a shutdown, a panic or the like."""

    event: ClassVar[str] = "vm.changed"
    console: str
    what: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class GuestChanged(Fact):
    """A guest does something else now, by the look of its output."""

    event: ClassVar[str] = "guest.changed"
    console: str
    state: str
    evidence: str
