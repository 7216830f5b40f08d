"""What a run shows: tables on the terminal, and the same in a file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from goals import Goal
from results import OURS, Results, Row, ratio
from workloads import Workload
from workloads.base import three_digits


WIDTH = 170
"""Columns of a table that goes into a file."""


def table(workload: Workload, results: Results) -> Table:
    """Make the table of one workload: a block of lines per case, com1d's first."""
    made = Table(title=f"{workload.name}  {workload.title}", box=box.SIMPLE, title_justify="left")
    made.add_column("case", no_wrap=True)
    made.add_column("subject", no_wrap=True)
    for column in workload.columns:
        made.add_column(column.title, justify="right", no_wrap=True)
    made.add_column(f"x {OURS}", justify="right", no_wrap=True)
    made.add_column("notes", overflow="fold")
    for case in results.cases(workload.name):
        rows = [row for row in results.of(workload.name) if row.case == case]
        for row in rows:
            made.add_row(str(case) if row is rows[0] else "", *_cells(workload, row, results))
        made.add_section()
    return made


def _cells(workload: Workload, row: Row, results: Results) -> list[str]:
    against = ratio(workload, row, results)
    return [
        f"[bold]{row.subject}[/]" if row.subject == OURS else row.subject,
        *(column.show(row.figures) for column in workload.columns),
        "" if against is None else f"{against:.2f}",
        "; ".join(row.notes()),
    ]


def goals_table(goals: Sequence[Goal]) -> Table:
    """Make the table of what was promised."""
    made = Table(title="Goals", box=box.SIMPLE, title_justify="left")
    for title in ("", "goal", "against"):
        made.add_column(title, no_wrap=True)
    for title in ("limit", "measured"):
        made.add_column(title, justify="right")
    made.add_column("")
    words = {"met": "met", "missed": "[bold red]missed[/]", "undecided": "[bold]undecided[/]"}
    for goal in goals:
        limit = f"{goal.sense} {goal.limit:.3g}"
        word = words[goal.verdict]
        made.add_row(goal.workload, goal.text, goal.against, limit, measured(goal), word)
    return made


def measured(goal: Goal) -> str:
    """Give the median of the rounds, and from where to where they reach."""
    assert goal.value is not None
    value = three_digits(goal.value)
    if len(goal.rounds) == 1:
        return value
    return f"{value} ({three_digits(min(goal.rounds))} to {three_digits(max(goal.rounds))})"


def write(
    directory: Path,
    workloads: Sequence[Workload],
    results: Results,
    goals: Sequence[Goal],
    facts: dict[str, Any],
) -> None:
    """Write results.json and tables.txt."""
    document = {
        "facts": facts,
        "rows": [row.as_json() for row in results.rows],
        "goals": [goal.__dict__ | {"verdict": goal.verdict} for goal in goals],
    }
    (directory / "results.json").write_text(json.dumps(document, indent=1))
    with (directory / "tables.txt").open("w") as file:
        console = Console(file=file, width=WIDTH)
        show(console, workloads, results, goals)


def show(
    console: Console, workloads: Sequence[Workload], results: Results, goals: Sequence[Goal]
) -> None:
    """Print all tables."""
    for workload in workloads:
        if results.of(workload.name):
            console.print(table(workload, results))
    if goals:
        console.print(goals_table(goals))
