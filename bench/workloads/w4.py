"""W4, scale: many consoles with an idle client each."""

import time
from typing import ClassVar, Final

import procs
from rig import Figures, Rig
from subjects import Subject
from workloads.base import Case, Column, Scale, Workload


SETTLE_SECONDS: Final = 2
"""From the last attach until idling is measured: com1d has each of them in its audit by then."""


class Crowd(Workload):
    """Time until all is ready, memory per console, and what idling costs."""

    name = "W4"
    title = "scale: consoles on Unix sockets with an idle client each"
    ratio = "pss_mib"
    columns: ClassVar[list[Column]] = [
        Column("ready", "ready s"),
        Column("pss_mib", "PSS MiB", "{:.1f}"),
        Column("pss_kib_each", "KiB each", "{:.1f}"),
        Column("idle_cpu", "idle core", "{:.3f}%", 100),
        Column("wakeups", "wake-ups/s", "{:.1f}"),
        Column("processes", "processes", "{:,.0f}"),
    ]

    def __init__(self) -> None:
        self._one: dict[str, float] = {}
        """By subject: PSS with one console, in KiB, so that the next ones can be told apart."""

    def cases(self, scale: Scale) -> list[Case]:
        """Give 1 to 4,000 consoles; 1 comes first because memory per console is relative to it."""
        counts = (1, 1000) if scale.quick else (1, 100, 1000, 4000)
        return [Case("unix", n, f"{n:,} consoles") for n in counts]

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Start, weigh, and wait."""
        with rig.serving(subject, "unix", case.consoles) as bench:
            pids = bench.daemon.pids()
            pss = procs.pss_kib(pids)
            time.sleep(SETTLE_SECONDS)
            run = bench.run("idle", seconds=3 if scale.quick else 10)
            ready = bench.passed - bench.started
        if case.consoles == 1:
            self._one[subject.name] = pss
        one = self._one.get(subject.name)
        more = case.consoles - 1
        return run | {
            "ready": ready,
            "pss_mib": pss / 1024,
            "pss_kib_each": (pss - one) / more if one and more else None,
            "idle_cpu": run["daemon_cpu"] / run["seconds"],
            "wakeups": run["voluntary"] / run["seconds"],
            "processes": len(pids),
        }
