"""Tables and sheets, as they are printed."""

import os
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
        _print_lines(head, cells)
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


_COLOURS: Final = {"up": "32", "down": "31", "unserved": "31", "disabled": "33"}
"""Numbers of SGR: green, red, yellow."""


def _print_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print each row as one line: what is too long for the terminal is cut from the last column."""
    coloured = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    columns = shutil.get_terminal_size().columns
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    *before, _ = widths
    room = max(8, columns - sum(before) - len(GAP) * len(before) - 1)
    for number, row in enumerate([head, *rows]):
        *cells, last = row
        shown = [cell.ljust(width) for cell, width in zip(cells, before, strict=True)]
        shown.append(last if len(last) <= room else f"{last[: room - 1]}…")
        if coloured:
            shown = [_painted(cell, heads=number == 0) for cell in shown]
        print(GAP.join(shown).rstrip())


def _painted(cell: str, *, heads: bool) -> str:
    colour = "1" if heads else _COLOURS.get(cell.strip())
    return f"\x1b[{colour}m{cell}\x1b[0m" if colour else cell
