"""The plot of a run: CPU per megabyte and delay of W1, and one panel for each other workload."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl


mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import TABLEAU_COLORS
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from results import Results, Row
from subjects import SUBJECTS
from workloads import Workload
from workloads.base import KINDS, Column


COLOURS = dict(zip((s.name for s in SUBJECTS), TABLEAU_COLORS.values(), strict=False))
PANELS_PER_ROW = 3
LINES = ("cpu_per_mb", "p99")
"""Figures of W1 that are drawn over the number of ports."""


def draw(path: Path, workloads: Sequence[Workload], results: Results) -> None:
    """Draw a run into one file: lines for W1, a group of bars per case for the rest."""
    panels: list[tuple[Workload, str, str]] = []
    for workload in workloads:
        if workload.name == "W1":
            panels += [(workload, key, kind) for key in LINES for kind in KINDS]
        else:
            panels.append((workload, workload.ratio, ""))
    panels = [panel for panel in panels if _rows(results, panel)]
    rows = max(1, -(-len(panels) // PANELS_PER_ROW))
    figure, grid = plt.subplots(rows, PANELS_PER_ROW, figsize=(17, 4.2 * rows), squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _fill(axes, panel, _rows(results, panel))
    for axes in list(grid.flat)[len(panels) :]:
        axes.axis("off")
    _add_legend(figure, results)
    figure.savefig(path)
    plt.close(figure)


def _rows(results: Results, panel: tuple[Workload, str, str]) -> list[Row]:
    workload, key, kind = panel
    return [
        row
        for row in results.of(workload.name)
        if row.figures.get(key)
        and (not kind or (row.case.kind == kind and not row.case.logs and row.case.consoles <= 128))
    ]


def _fill(axes: Axes, panel: tuple[Workload, str, str], rows: list[Row]) -> None:
    workload, key, kind = panel
    column = next(column for column in workload.columns if column.key == key)
    if kind:
        _lines(axes, rows, column)
    else:
        _bars(axes, rows, column)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")  # 0.1 and 10, not powers of ten
    axes.yaxis.set_minor_formatter(NullFormatter())
    about = kind or f"{workload.better} is better"
    axes.set_title(f"{workload.name} {column.title} ({about})")


def _lines(axes: Axes, rows: list[Row], column: Column) -> None:
    for name in dict.fromkeys(row.subject for row in rows):
        points = [
            (row.case.consoles, row.figures[column.key] * column.scale)
            for row in rows
            if row.subject == name
        ]
        axes.plot(*zip(*points, strict=True), "o-", color=COLOURS[name])
    axes.set_xscale("log", base=2)
    ports = sorted({row.case.consoles for row in rows})
    axes.set_xticks(ports, [str(count) for count in ports])
    axes.set_xlabel("ports")


def _bars(axes: Axes, rows: list[Row], column: Column) -> None:
    cases = list(dict.fromkeys(row.case for row in rows))
    names = list(dict.fromkeys(row.subject for row in rows))
    width = 0.8 / len(names)
    for row in rows:
        place = cases.index(row.case) + (names.index(row.subject) - (len(names) - 1) / 2) * width
        axes.bar(place, row.figures[column.key] * column.scale, width, color=COLOURS[row.subject])
    labels = [case.label for case in cases]
    axes.set_xticks(range(len(cases)), labels, rotation=25, ha="right", fontsize="x-small")


def _add_legend(figure: Figure, results: Results) -> None:
    names = [name for name in COLOURS if any(row.subject == name for row in results.rows)]
    marks = [Patch(color=COLOURS[name], label=name) for name in names]
    figure.tight_layout(rect=(0, 0, 1, 0.97))
    figure.legend(handles=marks, loc="upper center", ncols=len(marks))
