"""W6, fan-out: one active client and 50 observers on one port."""

from typing import ClassVar

from rig import Figures, Rig
from subjects import Kind, Subject
from workloads.base import KINDS, LINE_RATE, MEGA, Case, Column, Scale, Workload, latency


OBSERVERS = 50


class FanOut(Workload):
    """CPU with 51 clients, and how many times that of one client it is."""

    name = "W6"
    title = "fan-out: 1 active client and 50 observers on one port"
    ratio = "cpu"
    columns: ClassVar[list[Column]] = [
        Column("cpu", "core", "{:.1f}%", 100),
        Column("alone", "1 client", "{:.1f}%", 100),
        Column("times", "times", "{:.1f}"),
        Column("delivered", "delivered", "{:.0f}%", 100),
        Column("p50", "p50 ms"),
        Column("p99", "p99 ms"),
        Column("lost", "lost", "{:,.0f}"),
    ]

    def cases(self, scale: Scale) -> list[Case]:
        """Give a UART at line rate, and 256-byte writes at 1 MB/s."""
        loads = [
            ("1-byte writes at line rate", {"rate": LINE_RATE, "chunk": 1}),
            ("256-byte writes at 1 MB/s", {"rate": MEGA, "chunk": 256}),
        ]
        kinds: tuple[Kind, ...] = ("pty",) if scale.quick else KINDS
        return [
            Case(kind, 1, f"{kind}, {label}", options=load)
            for kind in kinds
            for label, load in loads
        ]

    def takes(self, subject: Subject, case: Case) -> bool:
        """Tell whether the subject lets many clients see one console."""
        return subject.many and super().takes(subject, case)

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Measure with one client, then with all."""
        seconds = 1.5 if scale.quick else 5
        with rig.serving(subject, case.kind, 1) as bench:
            alone = bench.run("trickle", seconds=seconds, **case.options)
        with rig.serving(subject, case.kind, 1, observers=OBSERVERS) as bench:
            run = bench.run("trickle", seconds=seconds, **case.options)
        expected = case.options["rate"] * run["seconds"] * (1 + OBSERVERS)
        return (
            run
            | latency(run)
            | {
                "cpu": run["daemon_cpu"] / run["seconds"],
                "alone": alone["daemon_cpu"] / alone["seconds"],
                "times": run["daemon_cpu"] / alone["daemon_cpu"],
                "delivered": run["received"] / expected,
            }
        )
