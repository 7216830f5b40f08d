"""Facts of ports and guests."""

from dataclasses import dataclass
from typing import ClassVar

from com1d.telemetry.facts.base import Fact


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
