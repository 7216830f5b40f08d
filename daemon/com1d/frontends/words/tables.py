"""Tables and sheets, as they are printed."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from com1d.frontends.words.visible import visible


GAP: Final = "  "


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in aligned columns; in colour where there is a terminal that wants it."""
    cells = [[visible(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(head, cells)
    else:
        print("\n".join(aligned([head, *cells])))


def print_sheet(sheet: Sequence[tuple[str, str]]) -> None:
    """Print names and values, the values aligned."""
    rows = [(f"{name}:", visible(value)) for name, value in sheet]
    if sys.stdout.isatty():
        rows = list(_folded(rows, shutil.get_terminal_size().columns))
    print("\n".join(aligned(rows)))


def _folded(rows: Sequence[tuple[str, str]], columns: int) -> Iterator[tuple[str, str]]:
    """Fold values between words, so that each line fits; a path stays whole."""
    width = max(20, columns - max(len(name) for name, _ in rows) - len(GAP) - 1)
    for name, value in rows:
        first, *rest = textwrap.wrap(
            value, width, break_long_words=False, break_on_hyphens=False
        ) or [""]
        yield name, first
        yield from (("", line) for line in rest)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Give each row as a line in which every column begins at the same place."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


_COLOURS: Final = {"up": "green", "down": "red", "unserved": "red", "disabled": "yellow"}


def _print_rich(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # rich takes longer to import than the daemon to answer; scripts never need it.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0))
    for number, name in enumerate(head):  # a row is a line: what is too long is the last column
        last = number == len(head) - 1
        table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=1 if last else None)
    for row in rows:
        table.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
    Console(highlight=False).print(table)
