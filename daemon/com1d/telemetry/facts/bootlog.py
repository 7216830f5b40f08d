"""Facts of the boot diagnostics log."""

from typing import ClassVar

from com1d.telemetry.facts.base import Fact
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class LogGap(Fact):
    """Bytes that a guest printed are not in its log; its marks say where, too."""

    event: ClassVar[str] = "log.missed"
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
    path: str
    """Where its log is, or that of all consoles."""
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
class LogUnfilled(Fact):
    """QEMU's log cannot be read, so what a guest printed while com1d was away is missing."""

    event: ClassVar[str] = "log.unfilled"
    level: ClassVar[str] = "warning"
    console: str
    reason: str


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
class LogParted(Fact):
    """Another VM has the console's name now; the log of the one before was put away."""

    event: ClassVar[str] = "log.parted"
    console: str
    log: str
    """The name by which an owner can read it."""
    uuid: str | None
    """Of the VM that has the name now; None where it has no UUID."""


@dataclass(frozen=True, slots=True)
class LogDamaged(Fact):
    """What was read from a log is not what was written there; it was left out."""

    event: ClassVar[str] = "log.damaged"
    level: ClassVar[str] = "error"
    console: str
    offset: int
    bytes: int
