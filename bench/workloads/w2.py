"""W2, bulk: ports that write 4 KiB blocks as fast as they are accepted."""

from typing import ClassVar

from rig import Figures, Rig
from subjects import Subject
from workloads.base import KINDS, MEGA, Case, Column, Scale, Workload


class Bulk(Workload):
    """Throughput, and throughput per second of the daemon's CPU."""

    name = "W2"
    title = "bulk: 4 KiB writes as fast as accepted, a client each"
    ratio = "mb_per_cpu_s"
    better = "more"
    columns: ClassVar[list[Column]] = [
        Column("mb_per_s", "MB/s", "{:.0f}"),
        Column("mb_per_cpu_s", "MB/CPU s", "{:.0f}"),
        Column("cpu", "core", "{:.0f}%", 100),
        Column("lost", "lost", "{:,.0f}"),
    ]

    def cases(self, scale: Scale) -> list[Case]:
        """Give one port, and 64, on every kind."""
        counts = (1,) if scale.quick else (1, 64)
        return [Case(kind, n, f"{n} {kind}") for kind in KINDS for n in counts]

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Flood for some seconds. The floor serves every readiness here: ticks are for trickle."""
        with rig.serving(subject, case.kind, case.consoles) as bench:
            run = bench.run("flood", seconds=1.5 if scale.quick else 4)
        return run | {
            "mb_per_s": run["received"] / run["seconds"] / MEGA,
            "mb_per_cpu_s": run["received"] / MEGA / run["daemon_cpu"],
            "cpu": run["daemon_cpu"] / run["seconds"],
        }
