"""What a workload is: cases, a way to measure one, and the columns that its table shows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from rig import Figures, Rig
from subjects import Kind, Subject


LINE_RATE = 11_520
"""Bytes per second of a UART at 115200 baud, 8N1."""

WRITES_PER_SECOND: dict[Kind, int] = {"pty": 368_640, "unix": 552_960, "pipe": 1_474_560}
"""What one core of the generator can write byte by byte, all ports together. Where N ports at line
rate are more, the ports are slowed down evenly, for every subject alike, and the table says so."""

PAUSE_US: dict[Kind, int] = {"pty": 20, "unix": 0, "pipe": 0}
"""How long the generator sleeps when nothing is due; 0 spins. The kernel's workers that carry what
is written to a pty need a core too."""

MEGA = 1_000_000
KINDS: tuple[Kind, ...] = ("pty", "unix", "pipe")


@dataclass(frozen=True)
class Scale:
    """How much to measure."""

    quick: bool
    ports: frozenset[int] | None
    kinds: frozenset[str] | None

    def admits(self, case: "Case") -> bool:
        """Tell whether the user's selection includes a case."""
        return (self.ports is None or case.consoles in self.ports) and (
            self.kinds is None or case.kind in self.kinds
        )


@dataclass(frozen=True)
class Case:
    """One line of a workload, measured for every subject that can serve it."""

    kind: Kind
    consoles: int
    label: str
    """What tables call it."""
    logs: bool = False
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Column:
    """A figure in the table."""

    key: str
    title: str
    format: str = ""
    """Empty: three digits."""
    scale: float = 1.0

    def show(self, figures: Figures) -> str:
        """Give the cell's text; a figure that does not apply is a dash."""
        value = figures.get(self.key)
        if value is None:
            return "-"
        value *= self.scale
        return self.format.format(value) if self.format else three_digits(value)


def three_digits(value: float) -> str:
    """Give a number with three digits, at most three of them behind the point."""
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{decimals}f}"


class Workload(ABC):
    """A workload. A subclass gives its cases and measures them."""

    name: ClassVar[str]
    title: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    ratio: ClassVar[str]
    """The figure that is compared with com1d's."""
    better: ClassVar[Literal["less", "more"]] = "less"

    def missing(self) -> str | None:
        """Say what the workload needs and is not there; None when all is."""
        return None

    @abstractmethod
    def cases(self, scale: Scale) -> list[Case]:
        """Give the cases, in the order of the table."""

    def takes(self, subject: Subject, case: Case) -> bool:
        """Tell whether a subject can serve a case at all."""
        return case.kind in subject.kinds and (subject.logs or not case.logs)

    @abstractmethod
    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Measure one subject in one case. Raises Failed when it does not manage."""


def line_rate(kind: Kind, ports: int, rate: int = LINE_RATE) -> int:
    """Give the rate at which the generator can keep up with so many ports."""
    return min(rate, WRITES_PER_SECOND[kind] // ports)


def latency(figures: Figures) -> Figures:
    """Give a run's delivery latency as flat figures, in milliseconds."""
    return {name: figures["latency"][f"{name}_ms"] for name in ("p50", "p99", "max")}
