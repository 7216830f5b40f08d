"""Painting: bytes that bring another terminal to the state of a screen."""

from collections.abc import Iterator
from typing import Final

from wcwidth import wcwidth

from com1d.core.screen.row import BLANK, Row
from com1d.core.screen.screen import Point
from com1d.core.screen.terminal import (
    INSERT,
    MODES,
    PRIVATE_MODES,
    WITH_CURSOR,
    WITHOUT_CURSOR,
    Terminal,
)


_PLAIN_SETS: Final = "\x1b(B\x1b)B\x0f"
_CLEAN: Final = f"\x1b[?6l\x1b[r\x1b[4l\x1b[20l{_PLAIN_SETS}\x1b[?25h\x1b[?7l\x1b[m\x1b[H\x1b[2J"
"""Puts a terminal in any state into a known one. Lines do not wrap while it is painted."""


def paint(screen: Terminal) -> Iterator[str]:
    """Give what makes another terminal look as `screen` does and go on from there, in parts."""
    if screen.main is not None:
        rows, saved = screen.main
        yield from _rows(rows, screen.columns)
        if saved is not None:
            yield _position(screen, saved, rows[saved.y])
        yield f"\x1b[?{WITHOUT_CURSOR if saved is None else WITH_CURSOR}h"
    yield from _rows(screen.rows, screen.columns)
    yield _tabs(screen)
    if screen.saved is not None:
        yield f"{_position(screen, screen.saved, screen.rows[screen.saved.y])}\x1b7"
    if not screen.region_is_whole:
        yield f"\x1b[{screen.top + 1};{screen.bottom + 1}r"
    yield from (f"\x1b[{number}h" for number in MODES if number in screen.modes)
    yield from (f"\x1b[?{number}h" for number in PRIVATE_MODES if -number in screen.modes)
    yield f"\x1b[?7{'h' if screen.wraps else 'l'}"
    yield f"\x1b[?25{'l' if screen.hidden else 'h'}"
    yield _position(screen, screen.point(), screen.rows[screen.y], screen.top)
    if screen.last:
        yield _last(screen)


def _rows(rows: list[Row], columns: int) -> Iterator[str]:
    """Give all of one of the two screens."""
    yield _CLEAN
    for y, row in enumerate(rows):
        if (row.texts or row.fill != BLANK) and (text := _row(row.whole(columns))):
            yield f"\x1b[{y + 1}H{text}"


def _row(row: Row) -> str:
    """Give a row's cells, without the blank ones behind the last, which it loses."""
    texts, looks = row.texts, row.looks
    while texts and texts[-1] == BLANK.text and looks[len(texts) - 1] == BLANK.look:
        texts.pop()
    look = ""
    lost, parts = False, []
    for x, text in enumerate(texts):
        if not text:  # the second half of the one before
            continue
        if lost:
            parts.append(f"\x1b[{x + 1}G")
        if looks[x] != look:
            parts.append(look := looks[x])
        parts.append(text)
        # Terminals disagree on how wide such characters are.
        lost = len(text) > 1 or (not text.isascii() and wcwidth(text) != 1)
    return "".join(parts)


def _tabs(screen: Terminal) -> str:
    """Give what sets the tab stops, and no others."""
    return "\x1b[3g" + "".join(f"\x1b[{stop + 1}G\x1bH" for stop in screen.tabs)


def _position(screen: Terminal, at: Point, row: Row, top: int = 0) -> str:
    """Give what makes a terminal go on at this point, and in this manner.

    `top` is where the scrolling region of that terminal begins: rows may count from there.
    """
    x, y = at.x, at.y - (top if at.origin else 0)
    parts = [f"\x1b[?6{'h' if at.origin else 'l'}{_PLAIN_SETS}"]
    if x >= screen.columns:
        # Only a character written into the last column leaves the cursor behind it, about to wrap.
        row = row.whole(screen.columns)
        x = screen.columns - (1 if row.texts[-1] else 2)
        parts += [_move(y, x), row.looks[x], row.texts[x]]
    else:
        parts.append(_move(y, x))
    parts.append(at.rendition.sequence())
    parts += [f"\x1b{mark}0" for mark, graphics in zip("()", at.graphics, strict=True) if graphics]
    if at.shifted:
        parts.append("\x0e")
    return "".join(parts)


def _last(screen: Terminal) -> str:
    """Give the last character once more, in its place: REP would repeat it."""
    width = wcwidth(screen.last)
    y = screen.y - (screen.top if screen.origin else 0)
    again = _move(y, screen.x - width)
    if INSERT in screen.modes:  # it pushes to the right what it is to replace
        again += f"\x1b[{width}P"
    return again + screen.last


def _move(y: int, x: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"
