"""W1, trickle: ports at line rate, one byte per write, as guests' UARTs do, one client each."""

from typing import ClassVar

from com1d.core.stream.moderation import tick
from rig import Figures, Rig
from subjects import Kind, Subject
from workloads.base import (
    KINDS,
    LINE_RATE,
    MEGA,
    PAUSE_US,
    Case,
    Column,
    Scale,
    Workload,
    latency,
    line_rate,
)


SLOW = 1440
"""Bytes per second of each of the 256 ports of the last case."""


class Trickle(Workload):
    """Daemon CPU per megabyte delivered, and how late each byte came."""

    name = "W1"
    title = "trickle: 1-byte writes at line rate, a client each"
    ratio = "cpu_per_mb"
    columns: ClassVar[list[Column]] = [
        Column("cpu_per_mb", "CPU s/MB"),
        Column("cpu", "core", "{:.0f}%", 100),
        Column("rate", "of rate", "{:.0f}%", 100),
        Column("p50", "p50 ms"),
        Column("p99", "p99 ms"),
        Column("max", "max ms"),
        Column("lost", "lost", "{:,.0f}"),
    ]

    def cases(self, scale: Scale) -> list[Case]:
        """Give every number of ports on every kind, and some again with logs."""
        counts = (1, 16, 64) if scale.quick else (1, 16, 64, 128)
        logged = (16,) if scale.quick else (16, 64)
        cases = []
        for kind in KINDS:
            cases += [_case(kind, n) for n in counts]
            cases += [_case(kind, n, logs=True) for n in logged]
            if not scale.quick:
                cases += [_case(kind, 256, SLOW), _case(kind, 256, SLOW, logs=True)]
        return cases

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Run the load for some seconds after half a second of warming up."""
        rate = case.options["rate"]
        seconds = 1.5 if scale.quick else 5
        with rig.serving(
            subject, case.kind, case.consoles, logs=case.logs, tick_us=floor_tick_us(case.consoles)
        ) as bench:
            pause = PAUSE_US[case.kind]
            run = bench.run("trickle", rate=rate, seconds=seconds, pause_us=pause)
        return (
            run
            | latency(run)
            | {
                "cpu_per_mb": run["daemon_cpu"] / (run["received"] / MEGA),
                "cpu": run["daemon_cpu"] / run["seconds"],
                "rate": run["received"] / (rate * case.consoles * run["seconds"]),
            }
        )


def floor_tick_us(ports: int) -> int:
    """Give the floor the tick that com1d has with so many busy ports."""
    return round(tick(ports) * MEGA)


def _case(kind: Kind, ports: int, rate: int = LINE_RATE, *, logs: bool = False) -> Case:
    real = line_rate(kind, ports, rate)
    label = f"{ports} {kind} at {real:,} B/s" + (", logs" if logs else "")
    return Case(kind, ports, label, logs, {"rate": real})
