"""What happened, as frozen values. The runtime states facts; `log` and the event stream tell them.

A fact's `event` is a noun and a verb in the past, its fields are keys and not prose.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Fact:
    """Base of all facts."""

    event: ClassVar[str]
    level: ClassVar[str] = "info"

    def fields(self) -> dict[str, Any]:
        """Give the keys and values, without those that say nothing."""
        return {key: value for key, value in asdict(self).items() if value is not None}


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
class SessionBegan(Fact):
    """A client attached."""

    event: ClassVar[str] = "session.began"
    console: str
    mode: str
    via: str
    user: str
    uid: int
    pid: int


@dataclass(frozen=True, slots=True)
class SessionEnded(Fact):
    """A client left or was sent away."""

    event: ClassVar[str] = "session.ended"
    console: str
    mode: str
    via: str
    user: str
    uid: int
    pid: int
    typed: int
    lost: int


@dataclass(frozen=True, slots=True)
class SessionPreempted(Fact):
    """A newer active session took an earlier one's place."""

    event: ClassVar[str] = "session.preempted"
    console: str
    user: str
    by: str
    discarded: int


@dataclass(frozen=True, slots=True)
class AttachRefused(Fact):
    """Somebody was not let in."""

    event: ClassVar[str] = "attach.refused"
    level: ClassVar[str] = "warning"
    console: str
    code: str
    user: str
    uid: int
    pid: int


@dataclass(frozen=True, slots=True)
class DaemonStarted(Fact):
    """All ports were tried once and all sockets listen."""

    event: ClassVar[str] = "daemon.started"
    version: str
    consoles: int
    up: int
    socket: str


@dataclass(frozen=True, slots=True)
class DaemonStopped(Fact):
    """Clients were told, ports were put back."""

    event: ClassVar[str] = "daemon.stopped"
    clients: int


@dataclass(frozen=True, slots=True)
class ConfigReloaded(Fact):
    """A changed configuration is in force."""

    event: ClassVar[str] = "config.reloaded"
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
