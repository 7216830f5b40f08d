"""W5, slow client: a port with a client that reads beside one that never does."""

from typing import ClassVar

import procs
from rig import Figures, Rig
from subjects import Kind, Subject
from workloads.base import KINDS, MEGA, Case, Column, Scale, Workload


PACED = 8 * MEGA
"""Bytes per second: far above line rate, and below what every subject manages in W2, so that a
guest that has to wait waits for the stuck client."""


class SlowClient(Workload):
    """What the reading client gets, how long the guest waits, and how memory grows."""

    name = "W5"
    title = "slow client: one reads, one never does"
    ratio = "mb_per_s"
    better = "more"
    columns: ClassVar[list[Column]] = [
        Column("mb_per_s", "reader MB/s"),
        Column("alone", "alone MB/s"),
        Column("stall_max", "guest stall ms"),
        Column("grown_mib", "grown MiB", "{:.1f}"),
        Column("lost", "lost", "{:,.0f}"),
    ]

    def cases(self, scale: Scale) -> list[Case]:
        """Give a guest at 8 MB/s, and one that writes as fast as it can."""
        paced = {"rate": PACED, "chunk": 4096}
        cases = []
        kinds: tuple[Kind, ...] = ("pty",) if scale.quick else KINDS
        for kind in kinds:
            cases.append(Case(kind, 1, f"{kind} at 8 MB/s", options=paced))
            cases.append(Case(kind, 1, f"{kind}, flooding"))
        return cases

    def takes(self, subject: Subject, case: Case) -> bool:
        """Tell whether the subject lets two clients see one console."""
        return subject.many and super().takes(subject, case)

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Measure with the reading client alone, then beside the stuck one."""
        seconds = 1.5 if scale.quick else 5
        verb = "trickle" if case.options else "flood"
        with rig.serving(subject, case.kind, 1) as bench:
            alone = bench.run(verb, seconds=seconds, **case.options)
        with rig.serving(subject, case.kind, 1, stuck=1) as bench:
            pids = bench.daemon.pids()
            before = procs.resident_kib(pids)
            run = bench.run(verb, seconds=seconds, **case.options)
            grown = procs.resident_kib(pids) - before
        return run | {
            "mb_per_s": run["received"] / run["seconds"] / MEGA,
            "alone": alone["received"] / alone["seconds"] / MEGA,
            "stall_max": run["stalls"]["max_ms"],
            "grown_mib": grown / 1024,
        }
