"""W3, echo: a key goes from a client to the guest, and its echo comes back."""

from typing import ClassVar

from rig import Figures, Generator, Rig
from subjects import Kind, Subject
from workloads.base import KINDS, LINE_RATE, Case, Column, Scale, Workload, line_rate


class Echo(Workload):
    """The round trip through daemon and port, alone and beside busy ports."""

    name = "W3"
    title = "echo: key to echo, beside busy ports; direct round trip subtracted"
    ratio = "p99"
    columns: ClassVar[list[Column]] = [
        Column("added_p50", "added p50 ms"),
        Column("added_p99", "added p99 ms"),
        Column("p50", "p50 ms"),
        Column("p99", "p99 ms"),
        Column("max", "max ms"),
        Column("keys_lost", "lost", "{:,.0f}"),
    ]

    def cases(self, scale: Scale) -> list[Case]:
        """Give an idle daemon, and one with 16 and 64 other ports at line rate."""
        counts = (0, 16) if scale.quick else (0, 16, 64)
        return [_case(kind, busy) for kind in KINDS for busy in counts]

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Type keys one at a time; the direct trip is measured first, in the same minute."""
        keys = 150 if scale.quick else 600
        direct = self._direct(rig, case, keys)
        with rig.serving(subject, case.kind, case.consoles) as bench:
            run = bench.run("echo", keys=keys, gap_ms=15, **case.options)
        trip = {name: run["trip"][f"{name}_ms"] for name in ("p50", "p99", "max")}
        return (
            run
            | trip
            | {
                "direct": direct["trip"],
                "added_p50": trip["p50"] - direct["trip"]["p50_ms"],
                "added_p99": trip["p99"] - direct["trip"]["p50_ms"],
            }
        )

    @staticmethod
    def _direct(rig: Rig, case: Case, keys: int) -> Figures:
        generator = Generator(rig.generator_core)
        try:
            return generator.ask("direct", kind=KINDS.index(case.kind), keys=keys, gap_ms=5)
        finally:
            generator.close()


def _case(kind: Kind, busy: int) -> Case:
    rate = line_rate(kind, busy, LINE_RATE) if busy else 0
    label = f"{kind}, beside {busy} at {rate:,} B/s" if busy else f"{kind}, idle"
    return Case(kind, busy + 1, label, options={"busy": busy, "rate": rate})
