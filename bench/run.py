#!/usr/bin/env python3
"""Measure com1d and every peer that is installed, side by side. See README.md beside this file."""

import argparse
import os
import platform
import resource
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

import build
import procs
import report
from goals import judge
from plot import draw
from results import NOISE, Results, Row, merge
from rig import Failed, Rig, choose_cores
from subjects import SUBJECTS, ObmcConsole, Subject
from workloads import WORKLOADS, Case, Scale, Workload


OUT = Path(__file__).parent / "out"
TRIES = 3
"""How often a measurement that other programs disturbed is made; the least disturbed one counts. In
a run of several rounds, each measurement is made once a round: the verdicts tell what is noise."""

CALM_WAIT = 20.0
"""Seconds to wait for the others to finish before the next try."""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cases, shorter: some minutes")
    parser.add_argument("--only", type=_list, help="workloads, e.g. W1,W3")
    parser.add_argument("--subjects", type=_list, help="e.g. com1d,conserver")
    parser.add_argument("--ports", type=_list, help="numbers of consoles, e.g. 16,64")
    parser.add_argument("--kinds", type=_list, help="kinds of port: pty, unix, pipe")
    parser.add_argument(
        "--rounds", type=int, default=1, help="measure all so often, in turns; medians with spread"
    )
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin nothing after so long"
    )
    parser.add_argument("--obmc-console", type=Path, metavar="PATH", help="an obmc-console-server")
    return parser.parse_args()


def _list(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


def choose_subjects(options: argparse.Namespace, console: Console) -> list[Subject]:
    """Give the subjects wanted that can run here, and say what is missing."""
    known = [ObmcConsole(options.obmc_console) if s.name == "obmc-console" else s for s in SUBJECTS]
    _refuse_unknown(options.subjects, {subject.name for subject in known}, "--subjects")
    chosen = []
    for subject in known:
        if options.subjects and subject.name not in options.subjects:
            continue
        missing = subject.missing()
        if missing:
            console.print(f"[bold]{subject.name} is left out:[/] {missing}", highlight=False)
        else:
            console.print(f"{subject.name}: {subject.version()}", highlight=False)
            chosen.append(subject)
    return chosen


def choose_workloads(options: argparse.Namespace, console: Console) -> list[Workload]:
    """Give the workloads wanted that can run here, and say what is missing."""
    _refuse_unknown(options.only, {workload.name for workload in WORKLOADS}, "--only")
    chosen = []
    for workload in WORKLOADS:
        if options.only and workload.name not in options.only:
            continue
        missing = workload.missing()
        if missing:
            console.print(f"[bold]{workload.name} is left out:[/] {missing}", highlight=False)
        else:
            chosen.append(workload)
    return chosen


def _refuse_unknown(given: frozenset[str] | None, known: set[str], option: str) -> None:
    unknown = (given or frozenset()) - known
    if unknown:
        names, choice = ", ".join(sorted(unknown)), ", ".join(sorted(known))
        raise SystemExit(f"bench: {option} does not know {names}; it knows {choice}")


def measure(
    rig: Rig, workload: Workload, case: Case, subject: Subject, scale: Scale, tries: int
) -> Row:
    """Measure one subject in one case, again while others disturb it."""
    best: Row | None = None
    for number in range(tries):
        if number:
            procs.await_calm(CALM_WAIT)
        row = Row(workload.name, case, subject.name)
        try:
            row.figures = workload.measure(rig, subject, case, scale)
        except Failed as error:
            row.error = str(error)
            return row
        if best is None or row.figures["others"] < best.figures["others"]:
            best = row
        if best.figures["others"] <= NOISE:
            break
    assert best is not None
    return best


def run(
    workloads: Sequence[Workload],
    subjects: Sequence[Subject],
    scale: Scale,
    console: Console,
    options: argparse.Namespace,
) -> list[Results]:
    """Measure everything chosen, round after round; subjects take turns within each case."""
    rig = Rig(*choose_cores())
    plan = [
        (workload, case, subject)
        for workload in workloads
        for case in workload.cases(scale)
        if scale.admits(case)
        for subject in subjects
        if workload.takes(subject, case)
    ]
    rounds = [Results() for _ in range(options.rounds)]
    begin = time.monotonic()
    turns = [(results, *what) for results in rounds for what in plan]
    for number, (results, workload, case, subject) in enumerate(turns, 1):
        if time.monotonic() - begin > 60 * options.minutes:
            console.print(f"[bold]{len(turns) - number + 1} measurements are left out[/]")
            break
        tries = TRIES if options.rounds == 1 else 1
        row = measure(rig, workload, case, subject, scale, tries)
        results.rows.append(row)
        cells = [f"{c.title} {c.show(row.figures)}" for c in workload.columns[:4]]
        said = "" if row.error else ", ".join(cells)
        spent = time.monotonic() - begin
        console.print(
            f"[dim]{spent:5.0f} s {number:3d}/{len(turns)}[/] {workload.name} {case}, "
            f"[bold]{subject.name}[/]: {said} [italic]{'; '.join(row.notes())}[/]",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    return [results for results in rounds if results.rows]


def facts(subjects: Sequence[Subject], options: argparse.Namespace) -> dict[str, Any]:
    """Give what the figures depend on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "quick": options.quick,
        "rounds": options.rounds,
        "subjects": {subject.name: subject.version() for subject in subjects},
    }


def main() -> int:
    """Measure, print, write."""
    options = arguments()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: terminated"))
    console = Console(stderr=True)
    no_compiler = build.missing()
    if no_compiler:
        raise SystemExit(f"bench: {no_compiler}")
    subjects = choose_subjects(options, console)
    workloads = choose_workloads(options, console)
    ports = frozenset(map(int, options.ports)) if options.ports else None
    scale = Scale(options.quick, ports, options.kinds)
    rounds = run(workloads, subjects, scale, console, options)
    if not rounds:
        raise SystemExit("bench: the selection leaves nothing to measure")
    results, goals = merge(rounds), judge(rounds)
    directory = OUT / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    directory.mkdir(parents=True)
    report.write(directory, workloads, results, goals, facts(subjects, options))
    draw(directory / "plot.svg", list(workloads), results)
    width = None if sys.stdout.isatty() else report.WIDTH
    report.show(Console(width=width), workloads, results, goals)
    console.print(f"written: {directory}/results.json, tables.txt, plot.svg", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
