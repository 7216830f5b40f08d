"""Facts of ports and guests."""

from typing import ClassVar

from com1d.telemetry.facts.base import Fact
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class PortCameUp(Fact):
    """A line is open: the guest's output is read."""

    event: ClassVar[str] = "port.came_up"
    console: str
    port: str


@dataclass(frozen=True, slots=True)
class PortWaiting(Fact):
    """A port could not be opened at the first try; its keeper goes on trying."""

    event: ClassVar[str] = "port.waiting"
    console: str
    port: str
    reason: str


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
class DiallersTurnedAway(Fact):
    """VMs have dialled and nobody answers: the console has its VM, or another console begins.

    The former is told once a minute.
    """

    event: ClassVar[str] = "port.turned_away"
    level: ClassVar[str] = "warning"
    console: str
    port: str
    times: int
    """How often, since it was told last."""
    lost: int
    """Bytes that those VMs had printed by then, which nobody reads. What they print until they dial
    again is lost, too, and nobody counts it."""


@dataclass(frozen=True, slots=True)
class LineDropped(Fact):
    """The line of another VM than the console's was closed: no console took it in time."""

    event: ClassVar[str] = "port.dropped"
    level: ClassVar[str] = "warning"
    console: str
    port: str
    lost: int
    """Bytes that the VM had printed by then."""


@dataclass(frozen=True, slots=True)
class ProgramKept(Fact):
    """A console's port is a program, which is run from now on, again whenever it has ended."""

    event: ClassVar[str] = "program.kept"
    audited: ClassVar[bool] = True
    console: str
    program: str
    """With its arguments."""


@dataclass(frozen=True, slots=True)
class VmChanged(Fact):
    """A hypervisor told of a reset, a shutdown, a panic or the like."""

    event: ClassVar[str] = "vm.changed"
    console: str
    what: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class GuestChanged(Fact):
    """A guest's state has changed, by its output."""

    event: ClassVar[str] = "guest.changed"
    private: ClassVar[frozenset[str]] = frozenset({"evidence"})
    console: str
    state: str
    evidence: str
    skipped: int | None = None
    """Changes and notices before it that were too many to be told."""


@dataclass(frozen=True, slots=True)
class GuestNoticed(Fact):
    """A guest has printed a message about a problem that it survives."""

    event: ClassVar[str] = "guest.noticed"
    level: ClassVar[str] = "warning"
    private: ClassVar[frozenset[str]] = frozenset({"evidence"})
    console: str
    what: str
    """`soft-lockup`, `oops`, `out-of-memory`, …"""
    evidence: str
    offset: int
    skipped: int


@dataclass(frozen=True, slots=True)
class ConsoleFound(Fact):
    """A discovery has found a VM; its console is served."""

    event: ClassVar[str] = "console.found"
    console: str
    port: str
    discovered: str


@dataclass(frozen=True, slots=True)
class ConsoleLost(Fact):
    """A VM that was found has gone, and its console with it."""

    event: ClassVar[str] = "console.lost"
    console: str
    port: str
    discovered: str


@dataclass(frozen=True, slots=True)
class ConsoleReplaced(Fact):
    """Another VM has the place of a console's; the console has begun anew, without sessions."""

    event: ClassVar[str] = "console.replaced"
    level: ClassVar[str] = "warning"
    console: str
    before: str
    """The UUID of the VM that was there."""
    uuid: str | None


@dataclass(frozen=True, slots=True)
class ConsoleRefused(Fact):
    """A found VM cannot be a console; or, without a name, the discovery cannot look."""

    event: ClassVar[str] = "console.refused"
    level: ClassVar[str] = "warning"
    console: str
    """What it would be called."""
    discovered: str
    reason: str
