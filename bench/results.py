"""What a run found: rows, and the ways to look them up."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rig import Figures
from workloads import Case, Workload


OURS = "com1d"
FLOOR = "floor"

LATE_MS = 3.0
"""A generator whose writes come later than this (p99) has not kept the pace that it promised."""
BUSY = 0.97
"""A flooding generator that used so much of its core was the bottleneck."""
STALLED = 0.02
"""The share of writes that ports refused from which on the daemon counts as saturated."""
NOISE = 0.15
"""Cores that other programs may use during a measurement before it counts as disturbed."""


@dataclass
class Row:
    """One subject in one case."""

    workload: str
    case: Case
    subject: str
    figures: Figures = field(default_factory=dict)
    error: str = ""
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    """The least and the greatest of each figure, where it is the median of several rounds."""

    def notes(self) -> list[str]:
        """Say what a reader has to know about the figures."""
        if self.error:
            return [self.error]
        get = self.figures.get
        late = (get("late") or {}).get("p99_ms", 0.0)
        tardy = late > LATE_MS and not get("skipped") and not _saturated(self)
        flooded = get("late") is None and get("generator_cpu", 0) > BUSY * get("seconds", 1)
        remarks: list[tuple[bool, str]] = [
            (get("skipped", 0) > 0, "generator too slow"),
            (tardy, f"generator {late:.0f} ms late"),
            (flooded, "generator's core full"),
            (_saturated(self), "saturated"),
            (get("closed", 0) > 0, f"hung up on {get('closed')} clients"),
            (get("foreign", 0) > 0, f"{get('foreign')} foreign bytes"),
            (get("others", 0) > NOISE, f"others used {get('others', 0):.0%} of a core"),
        ]
        return [text for holds, text in remarks if holds]

    def as_json(self) -> dict[str, Any]:
        """Give everything, for the file."""
        return asdict(self) | {"notes": self.notes()}


def _saturated(row: Row) -> bool:
    """Tell whether ports had to wait so often that the daemon cannot have kept up."""
    stalled: int = row.figures.get("stalled", 0)
    sent: float = row.figures.get("sent", float("inf"))
    return stalled > STALLED * sent


@dataclass
class Results:
    """All rows of a run."""

    rows: list[Row] = field(default_factory=list)

    def of(self, workload: str) -> list[Row]:
        """Give the rows of a workload, in the order in which they were measured."""
        return [row for row in self.rows if row.workload == workload]

    def cases(self, workload: str) -> list[Case]:
        """Give a workload's cases, each once."""
        return list(dict.fromkeys(row.case for row in self.of(workload)))

    def find(self, workload: str, case: Case, subject: str) -> Figures | None:
        """Give the figures of a subject in a case; None when it has none."""
        for row in self.of(workload):
            if row.case == case and row.subject == subject and not row.error:
                return row.figures
        return None

    def peers(self, workload: str, wanted: Callable[[Case], bool]) -> Iterator[tuple[Row, Figures]]:
        """Give what the peers, not com1d and not the floor, have in the cases wanted."""
        for row in self.of(workload):
            if row.subject not in {OURS, FLOOR} and not row.error and wanted(row.case):
                yield row, row.figures


def merge(rounds: Sequence[Results]) -> Results:
    """Give the medians of all rounds. A round in which a subject failed counts for what it has."""
    merged = Results()
    for first in rounds[0].rows:
        same = [row for one in rounds for row in one.rows if _same(row, first)]
        measured = [row for row in same if not row.error]
        if not measured:
            merged.rows.append(first)
            continue
        row = Row(first.workload, first.case, first.subject, dict(measured[0].figures))
        for key, value in measured[0].figures.items():
            values = [one.figures[key] for one in measured if one.figures.get(key) is not None]
            if isinstance(value, int | float) and values:
                row.figures[key] = median(values)
                row.spread[key] = min(values), max(values)
        merged.rows.append(row)
    return merged


def load(path: Path) -> Results:
    """Read the rows of a `results.json`."""
    rows = json.loads(path.read_text())["rows"]
    for row in rows:
        row["case"] = Case(**row["case"])
        del row["notes"]
    return Results([Row(**row) for row in rows])


def _same(row: Row, other: Row) -> bool:
    return (row.workload, row.case, row.subject) == (other.workload, other.case, other.subject)


def ratio(workload: Workload, row: Row, results: Results) -> float | None:
    """Give a row's figure of comparison in units of com1d's; None where there is no such thing."""
    ours = results.find(workload.name, row.case, OURS)
    if row.error or not ours:
        return None
    mine, theirs = ours.get(workload.ratio), row.figures.get(workload.ratio)
    return theirs / mine if mine and theirs is not None else None


def best(values: Sequence[float], *, more: bool = False) -> float | None:
    """Give the best of the peers' values, if there is one."""
    if not values:
        return None
    return max(values) if more else min(values)
