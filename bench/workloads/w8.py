"""W8, the storm: many guests print as fast as they are let, as after a power failure."""

import contextlib
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import ClassVar, Final

import procs
from rig import Bench, Figures, Rig
from subjects import Daemon, Subject
from workloads.base import KINDS, MEGA, Case, Column, Scale, Workload
from workloads.w7 import disturbed


GUESTS: Final = (16, 64, 200)

TOTAL: Final = 16 << 20
QUICK_TOTAL: Final = 4 << 20
EACH: Final = 1 << 20
"""Bytes of all guests together, and of one at most: one core writes a million a second, one by
one."""

GAP_MS: Final = 20

LONG: Final = 'com1d_loop_hold_seconds_bucket{le="0.01"}'
HOLDS: Final = "com1d_loop_hold_seconds_count"
GAPS: Final = "com1d_log_gaps_total"


class Storm(Workload):
    """How much slower guests are than at a reader that only throws away, and what else suffers."""

    name = "W8"
    title = "storm: guests that print byte by byte as fast as they are let, a key beside them, logs"
    ratio = "through"
    columns: ClassVar[list[Column]] = [
        Column("through", "last through s"),
        Column("fairness", "slowest/fastest"),
        Column("cpu_per_mb", "CPU s/MB"),
        Column("p50", "echo p50 ms"),
        Column("p99", "echo p99 ms"),
        Column("lost", "lost", "{:,.0f}"),
        Column("gaps", "log gaps", "{:,.0f}"),
        Column("holds", "holds > 10 ms", "{:,.0f}"),
    ]

    def cases(self, scale: Scale) -> list[Case]:
        """Give 16, 64 and 200 guests of each kind, and one more console with the key."""
        return [
            _case(kind, guests, QUICK_TOTAL if scale.quick else TOTAL)
            for kind in KINDS
            for guests in GUESTS
        ]

    def takes(self, subject: Subject, case: Case) -> bool:
        """Tell whether a subject can serve it; one that has no logs, as the floor, goes without."""
        return case.kind in subject.kinds

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Let all guests print; scrape once a second and list once meanwhile."""
        del scale
        logs = subject.logs
        with rig.serving(subject, case.kind, case.consoles, logs=logs) as bench:
            before = _counts(bench.daemon)
            with disturbed(bench.daemon, reloads=False), _listed(bench):
                run = bench.run("storm", gap_ms=GAP_MS, **case.options)
            after = _counts(bench.daemon)
        printed = case.options["bytes"] * (case.consoles - 1) / MEGA
        trip = {name: run["trip"][f"{name}_ms"] for name in ("p50", "p99", "max")}
        return (
            run
            | trip
            | {
                "fairness": run["through"] / run["first"],
                "cpu_per_mb": run["daemon_cpu"] / printed,
                "mb_per_s": printed / run["through"],
            }
            | {key: after[key] - before[key] for key in after}
        )


def _case(kind: str, guests: int, total: int) -> Case:
    size = min(EACH, total // guests)
    label = f"{guests} {kind}, {size >> 10} KiB each"
    return Case(kind, guests + 1, label, logs=True, options={"bytes": size})  # type: ignore[arg-type]


def _counts(daemon: Daemon) -> dict[str, float]:
    """Give what the daemon itself counts: long holds of its loop, and gaps in its logs."""
    if not daemon.metrics:
        return {}
    page = urllib.request.urlopen(daemon.metrics, timeout=10).read().decode()
    rows = [line.rpartition(" ") for line in page.splitlines() if not line.startswith("#")]
    found = {name: float(value) for name, _, value in rows}
    gaps = sum(value for name, value in found.items() if name.startswith(GAPS))
    return {"gaps": gaps, "holds": found[HOLDS] - found[LONG]}


@contextlib.contextmanager
def _listed(bench: Bench) -> Iterator[None]:
    """List the consoles once during the block, from the generator's core."""
    if not bench.daemon.listing:
        yield
        return
    with procs.pinned(bench.cores[1]):
        listing = subprocess.Popen(
            ["nice", *bench.daemon.listing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    try:
        yield
    finally:
        listing.wait()
