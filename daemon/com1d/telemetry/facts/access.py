"""Facts of switches, roles and the audit."""

from typing import ClassVar

from com1d.core.access.audit import REMOVED
from com1d.telemetry.facts.base import Fact
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class SwitchUnkept(Fact):
    """A switch was turned off but not stored: after a restart it will be on again."""

    event: ClassVar[str] = "switch.unkept"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    console: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class SwitchesDamaged(Fact):
    """The stored switches cannot be read, so the host is off until an owner acts."""

    event: ClassVar[str] = "switches.damaged"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    reason: str


@dataclass(frozen=True, slots=True)
class RolesInForce(Fact):
    """The `[[roles]]` and `[[gateways]]` changed, or were read at the start."""

    event: ClassVar[str] = "roles.applied"
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
    added: int
    """Lines behind the kept head that were accepted, since the daemon can have been killed."""


@dataclass(frozen=True, slots=True)
class AuditForged(Fact):
    """The file was not what the kept head had seen; it is put aside, and the chain goes on."""

    event: ClassVar[str] = "audit.forged"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    file: str
    """The name that it was given."""
    after: int
    """The last sequence number that is vouched for."""


@dataclass(frozen=True, slots=True)
class AuditRotated(Fact):
    """A full file was put aside. The journal has this too, as a witness of the chain."""

    event: ClassVar[str] = "audit.rotated"
    file: str
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditRemoved(Fact):
    """The oldest lines are deleted, so that the audit does not fill the disk."""

    event: ClassVar[str] = REMOVED
    audited: ClassVar[bool] = True
    file: str
    through: int
    """The last sequence number that is deleted."""


@dataclass(frozen=True, slots=True)
class AuditFailing(Fact):
    """The audit cannot be written. Its lines wait, and whether attaches do is configured."""

    event: ClassVar[str] = "audit.failed"
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
    """Facts were missed: more than could wait while the audit could not be written."""

    event: ClassVar[str] = "audit.missed"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    missed: int
    since: str
    until: str
