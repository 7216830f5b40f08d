"""Tables and sheets, as they are printed."""

import sys
from collections.abc import Sequence
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
    print("\n".join(aligned([(f"{name}:", visible(value)) for name, value in sheet])))


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

    table = Table(*head, box=None, pad_edge=False, padding=(0, len(GAP), 0, 0))
    for row in rows:
        table.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
    Console(highlight=False).print(table)
