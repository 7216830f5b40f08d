"""Brings another terminal to where a screen is."""

from collections.abc import Iterator
from typing import Final

from pyte import graphics
from pyte.screens import Char, Savepoint
from wcwidth import wcwidth

from com1d.core.screen.screen import (
    BLANK,
    GRAPHICS,
    MODES,
    PRIVATE_MODES,
    WITH_CURSOR,
    WITHOUT_CURSOR,
    Cells,
    Row,
    Screen,
    shown,
)


_CLEAN: Final = "\x1b[?6l\x1b[r\x1b[4l\x1b[20l\x1b(B\x1b)B\x0f\x1b[?25h\x1b[?7l\x1b[m\x1b[H\x1b[2J"
"""Where painting begins, on a terminal in whatever state. Lines do not wrap meanwhile."""

_COLOURS: Final[dict[str, str]] = {
    colour: f"5;{index}" for index, colour in enumerate(graphics.FG_BG_256)
}
_FOREGROUNDS: Final = {
    name: str(code) for code, name in (graphics.FG_ANSI | graphics.FG_AIXTERM).items()
}
_BACKGROUNDS: Final = {
    name: str(code) for code, name in (graphics.BG_ANSI | graphics.BG_AIXTERM).items()
}
_STYLES: Final = (
    ("bold", "1"), ("italics", "3"), ("underscore", "4"), ("blink", "5"), ("reverse", "7"),
    ("strikethrough", "9"),
)  # fmt: skip


def paint(screen: Screen) -> Iterator[str]:
    """Give what makes another terminal look as `screen` does and go on from there, in parts."""
    if screen.main is not None:
        cells, savepoints = screen.main
        yield from _screen(screen, cells, savepoints)
        yield f"\x1b[?{WITH_CURSOR if savepoints else WITHOUT_CURSOR}h"
    yield from _screen(screen, screen.buffer, screen.savepoints)
    if screen.savepoints:
        yield "\x1b7"
    if screen.margins is not None:
        yield f"\x1b[{screen.margins.top + 1};{screen.margins.bottom + 1}r"
    yield from (f"\x1b[{number}h" for number in MODES if number in screen.mode)
    yield from (f"\x1b[?{number}h" for number in PRIVATE_MODES if number << 5 in screen.mode)
    top = screen.margins.top if screen.margins else 0
    yield from _position(screen, screen.buffer, screen.point(), top)
    if screen.cursor.hidden:
        yield "\x1b[?25l"


def _screen(screen: Screen, cells: Cells, savepoints: list[Savepoint]) -> Iterator[str]:
    """Give all of one of the two screens, and the position that it remembers."""
    yield _CLEAN
    for y in sorted(y for y in cells if y < screen.lines):
        if text := _row(cells[y], screen.columns):
            yield f"\x1b[{y + 1}H{text}"
    for saved in savepoints:
        yield from _position(screen, cells, saved)


def _row(row: Row, columns: int) -> str:
    """Give a row's cells, without the blank ones behind the last."""
    width, parts = columns, []
    while width and _is_blank(row, width - 1, columns):
        width -= 1
    attributes, lost = "", False
    for x in range(width):
        data = shown(row, x, columns)
        if not data:  # the second half of the one before
            continue
        if lost:
            parts.append(f"\x1b[{x + 1}G")
        rendition = _rendition(row[x])
        if rendition != attributes:
            attributes = rendition
            parts.append(attributes)
        parts.append(data)
        # Terminals disagree on how wide such characters are.
        lost = len(data) > 1 or (not data.isascii() and wcwidth(data) != 1)
    return "".join(parts)


def _is_blank(row: Row, x: int, columns: int) -> bool:
    cell = row[x]
    return cell == BLANK or cell._replace(data=shown(row, x, columns)) == BLANK


def _position(screen: Screen, cells: Cells, at: Savepoint, top: int = 0) -> Iterator[str]:
    """Give what makes a terminal go on at this point, and in this manner.

    `top` is where the scrolling region of that terminal begins: lines may count from there.
    """
    cursor, row = at.cursor, cells[at.cursor.y]
    yield f"\x1b[?6{'h' if at.origin else 'l'}\x1b[?7{'h' if at.wrap else 'l'}\x1b(B\x1b)B\x0f"
    y = cursor.y - (top if at.origin else 0)
    x = min(cursor.x, screen.columns - 1)
    if cursor.x < screen.columns:
        yield _move(y, x)
    else:
        # Only who writes into the last column is behind it, where the next character wraps.
        x -= not shown(row, x, screen.columns)
        yield f"{_move(y, x)}{_rendition(row[x])}{shown(row, x, screen.columns)}"
    yield _rendition(cursor.attrs)
    for charset, mark in ((at.g0_charset, "("), (at.g1_charset, ")")):
        if charset is GRAPHICS:
            yield f"\x1b{mark}0"
    if at.charset:
        yield "\x0e"


def _move(y: int, x: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def _rendition(char: Char) -> str:
    """Give the sequence for a cell's attributes, all of them."""
    codes = ["0", *(code for name, code in _STYLES if getattr(char, name))]
    for colour, names, extended in ((char.fg, _FOREGROUNDS, "38"), (char.bg, _BACKGROUNDS, "48")):
        if colour == "default":
            continue
        if colour in names:
            codes.append(names[colour])
        elif colour in _COLOURS:
            codes.append(f"{extended};{_COLOURS[colour]}")
        else:
            red, green, blue = bytes.fromhex(colour)
            codes.append(f"{extended};2;{red};{green};{blue}")
    return f"\x1b[{';'.join(codes)}m" if len(codes) > 1 else "\x1b[m"
