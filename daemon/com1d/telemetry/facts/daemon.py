"""Facts of the daemon itself."""

from typing import ClassVar

from com1d.telemetry.facts.base import Fact
from com1d.values import dataclass


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
class DaemonUpgraded(Fact):
    """Another process of the daemon has taken over; nobody was disconnected."""

    event: ClassVar[str] = "daemon.upgraded"
    audited: ClassVar[bool] = True
    version: str
    before: str
    """The version that handed over."""
    consoles: int
    up: int
    clients: int
    seconds: float
    """How long nobody read or sent anything."""


@dataclass(frozen=True, slots=True)
class UpgradeRefused(Fact):
    """The installed version did not take over; the running one goes on as if nothing had been."""

    event: ClassVar[str] = "upgrade.refused"
    level: ClassVar[str] = "error"
    reason: str


@dataclass(frozen=True, slots=True)
class DaemonRecovered(Fact):
    """An earlier process was killed; its ports, sockets and scrollbacks are gone on with.

    What it had read from a port at that moment and not stored, and what was typed and not sent, is
    lost; of that, only `lost` is known.
    """

    event: ClassVar[str] = "daemon.recovered"
    level: ClassVar[str] = "warning"
    audited: ClassVar[bool] = True
    version: str
    consoles: int
    clients: int
    """Clients that were told to come back."""
    lost: int
    """Bytes that it had begun to store."""


@dataclass(frozen=True, slots=True)
class StateUnread(Fact):
    """What an earlier process has left could not be taken over; clients were told to come back."""

    event: ClassVar[str] = "state.unread"
    level: ClassVar[str] = "error"
    reason: str


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
    restart: tuple[str, ...] | None = None
    """Settings of `[daemon]` that have changed and that only a restart puts in force."""


@dataclass(frozen=True, slots=True)
class ConfigRefused(Fact):
    """A changed configuration is wrong; the one before stays in force."""

    event: ClassVar[str] = "config.refused"
    level: ClassVar[str] = "error"
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuestsUnlisted(Fact):
    """After a boot of the host, the FIFOs of VMs will not be there before this daemon runs."""

    event: ClassVar[str] = "guests.unlisted"
    level: ClassVar[str] = "warning"
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeyTightened(Fact):
    """Others could read a key, and cannot any more; whoever has read it should be reckoned with."""

    event: ClassVar[str] = "key.tightened"
    level: ClassVar[str] = "error"
    audited: ClassVar[bool] = True
    setting: str
    path: str
    mode: str
    """As it was, octal."""


@dataclass(frozen=True, slots=True)
class PartFailed(Fact):
    """A part of the daemon does not work; all others do, and it is tried again."""

    event: ClassVar[str] = "part.failed"
    level: ClassVar[str] = "error"
    part: str
    """A socket, a directory, the metrics listener or inotify."""
    console: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class PartRestored(Fact):
    """It works again."""

    event: ClassVar[str] = "part.restored"
    part: str
    console: str | None


@dataclass(frozen=True, slots=True)
class LogSuppressed(Fact):
    """An event came too often to be written each time; nothing of it was written since."""

    event: ClassVar[str] = "log.suppressed"
    level: ClassVar[str] = "warning"
    of: str
    """That event."""
    count: int


@dataclass(frozen=True, slots=True)
class BugFound(Fact):
    """Something that runs in the loop failed in a way that nobody had foreseen."""

    event: ClassVar[str] = "bug.found"
    level: ClassVar[str] = "error"
    what: str
    error: str
    """The kind of exception; its text could have a guest's words."""
    at: tuple[str, ...]
    """Where: files, lines and functions, the innermost last."""


@dataclass(frozen=True, slots=True)
class RequestFailed(Fact):
    """The daemon itself made a mistake while it answered a request."""

    event: ClassVar[str] = "request.failed"
    level: ClassVar[str] = "error"
    route: str
    """Its method and path, with the names of what varies in place of what was asked for."""
    error: str
    """The kind of exception, as in `bug.found`."""
    at: tuple[str, ...]
