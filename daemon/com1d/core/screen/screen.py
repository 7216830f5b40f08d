"""What a terminal has: cells, a cursor, and what decides where the next character goes."""

from bisect import bisect_left, bisect_right, insort
from typing import Final, NamedTuple

from com1d.core.screen.rendition import PLAIN, Rendition
from com1d.core.screen.row import BLANK, Cell, Row


ROWS, COLUMNS = 24, 80
"""What a serial console has unless somebody says otherwise, and SAC always."""

TAB: Final = 8
"""Columns between the tab stops that a terminal begins with."""

_LETTERS: Final = "`abcdefghijklmnopqrstuvwxyz{|}~_"
_LINES: Final = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·\u00a0"
GRAPHICS: Final = str.maketrans(_LETTERS, _LINES)
"""DEC's special graphics: lines and corners instead of small letters."""


class Point(NamedTuple):
    """Where, and how, the next character is written."""

    x: int = 0
    """The column. Behind the last one, the next character wraps first."""
    y: int = 0
    rendition: Rendition = PLAIN
    graphics: tuple[bool, bool] = (False, False)
    """Whether G0 and G1 are the graphics."""
    shifted: bool = False
    """Whether G1 is in use."""
    origin: bool = False
    """Whether rows count from the scrolling region's first (DECOM)."""


class Screen:
    """The cells, and the moves of the cursor and the lines. `Terminal` says what calls for them."""

    def __init__(self, rows: int, columns: int) -> None:
        self.height, self.columns = rows, columns
        self.reset()

    def reset(self) -> None:
        """Be as after power on (RIS)."""
        self.rows = self.erased_rows(self.height)
        self.main: tuple[list[Row], Point | None] | None = None
        """While the alternate screen is shown: the main one, and what it has saved."""
        self.saved: Point | None = None
        self.top, self.bottom = 0, self.height - 1
        """The scrolling region's first and last row."""
        self.tabs = list(range(TAB, self.columns, TAB))
        """Columns, in order."""
        self.modes: set[int] = set()
        """ANSI's, and DEC's, which are negative."""
        self.wraps, self.hidden = True, False
        self.x, self.y = 0, 0
        self.rendition = PLAIN
        self.graphics = [False, False]
        self.shifted = self.origin = False

    @property
    def region_is_whole(self) -> bool:
        """Whether all rows scroll."""
        return (self.top, self.bottom) == (0, self.height - 1)

    @property
    def column(self) -> int:
        """The column that the cursor is seen in: never behind the last."""
        return min(self.x, self.columns - 1)

    @property
    def erased(self) -> Cell:
        """What an erased cell has of the cursor's rendition: its background."""
        background = self.rendition.background
        return Cell(" ", Rendition(background=background).sequence()) if background else BLANK

    @staticmethod
    def erased_rows(count: int, cell: Cell = BLANK) -> list[Row]:
        """Give so many rows that are one until somebody writes to them."""
        return [Row(cell, shared=True)] * count

    def row(self, y: int | None = None) -> Row:
        """Give a row to write to: the cursor's."""
        y = self.y if y is None else y
        row = self.rows[y]
        if row.shared:
            row = self.rows[y] = Row(row.fill)
        return row

    # -- the cursor -----------------------------------------------------------------------------

    def move(self, y: int, x: int) -> None:
        """Move to a cell, counted from 0, or to the nearest; with origin, to one of the region."""
        first, last = (self.top, self.bottom) if self.origin else (0, self.height - 1)
        self.y = max(first, min(y + (self.top if self.origin else 0), last))
        self.to_column(x)

    def to_column(self, x: int) -> None:
        """Move to a column, and stay in the row."""
        self.x = max(0, min(x, self.columns - 1))

    def to_row(self, y: int) -> None:
        """Move to a row, and stay in the column."""
        self.move(y, self.x)

    def right(self, count: int) -> None:
        """Move right, or left where `count` is negative."""
        self.to_column(self.column + count)

    def up(self, count: int, x: int | None = None) -> None:
        """Move up, not out of the region, and to column `x`."""
        self.y = max(self.top if self.y >= self.top else 0, self.y - count)
        self.x = self.column if x is None else x

    def down(self, count: int, x: int | None = None) -> None:
        """Move down, not out of the region, and to column `x`."""
        last = self.bottom if self.y <= self.bottom else self.height - 1
        self.y = min(last, self.y + count)
        self.x = self.column if x is None else x

    def tab(self, count: int) -> None:
        """Move to a tab stop: so many on, or back where `count` is negative."""
        if count > 0:
            stop = bisect_right(self.tabs, self.column) + count - 1
            self.x = max(self.x, self.tabs[stop] if stop < len(self.tabs) else self.columns - 1)
        else:
            stop = bisect_left(self.tabs, self.column) + count
            self.x = self.tabs[stop] if stop >= 0 else 0

    def set_tab(self) -> None:
        """Set a tab stop in the cursor's column (HTS)."""
        if self.column not in self.tabs:
            insort(self.tabs, self.column)

    def point(self) -> Point:
        """Give where, and how, the next character is written."""
        g0, g1 = self.graphics
        return Point(self.x, self.y, self.rendition, (g0, g1), self.shifted, self.origin)

    def go(self, point: Point) -> None:
        """Go on from there; with origin, within the region."""
        self.x, self.y, self.rendition = point.x, point.y, point.rendition
        self.graphics, self.shifted, self.origin = list(point.graphics), point.shifted, point.origin
        if self.origin:
            self.y = max(self.top, min(self.y, self.bottom))

    # -- the lines ------------------------------------------------------------------------------

    def feed(self) -> None:
        """Move down, and the lines up where the cursor is in the region's last row (IND)."""
        if self.y == self.bottom:
            self.roll(self.top, 1)
        elif self.y < self.height - 1:
            self.y += 1

    def feed_back(self) -> None:
        """Move up, and the lines down where the cursor is in the region's first row (RI)."""
        if self.y == self.top:
            self.roll(self.top, -1)
        elif self.y:
            self.y -= 1

    def roll(self, top: int, up: int) -> None:
        """Move the lines from `top` to the region's last by `up`; erased ones come after them."""
        height = self.bottom + 1 - top
        new = self.erased_rows(min(abs(up), height), self.erased)
        if up > 0:
            self.rows[top : self.bottom + 1] = self.rows[top + len(new) : self.bottom + 1] + new
        else:
            self.rows[top : self.bottom + 1] = new + self.rows[top : self.bottom + 1 - len(new)]

    def roll_here(self, up: int) -> None:
        """Do so from the cursor's row on, where that is in the region (DL, IL)."""
        if self.top <= self.y <= self.bottom:
            self.roll(self.y, up)
            self.x = 0

    def set_region(self, top: int, bottom: int) -> None:
        """Let these rows scroll, counted from 0, and go to the first cell (DECSTBM)."""
        if 0 <= top < bottom:
            self.top, self.bottom = top, bottom
            self.move(0, 0)

    # -- the cells ------------------------------------------------------------------------------

    def put(self, texts: list[str], *, insert: bool) -> None:
        """Write cells from the cursor on, into the next row where there is no room."""
        look = self.rendition.sequence()
        while texts:
            if self.x >= self.columns:
                self._wrap()
            part = texts[: self.columns - self.x]
            if insert:
                self.row().insert(self.x, part, look, self.columns)
            else:
                self.row().write(self.x, part, look)
            self.x += len(part)
            texts = texts[len(part) :]

    def make_room(self, width: int) -> None:
        """Wrap where a character of this width would not fit; without that, it goes at the end."""
        if self.x > self.columns - width:
            if self.wraps:
                self._wrap()
            else:
                self.x = self.columns - width

    def _wrap(self) -> None:
        if self.wraps:
            self.feed()
            self.x = 0
        else:
            self.x = self.columns - 1

    def erase_rows(self, first: int, last: int) -> None:
        """Erase all of the rows before `last`."""
        self.rows[first:last] = self.erased_rows(max(0, last - first), self.erased)

    def erase(self, x: int, end: int) -> None:
        """Erase cells of the cursor's row."""
        self.row().erase(x, min(end, self.columns), self.columns, self.erased)

    def fill(self, character: str) -> None:
        """Show one character everywhere (DECALN)."""
        self.rows = self.erased_rows(self.height, Cell(character, BLANK.look))
        self.top, self.bottom = 0, self.height - 1
        self.x = self.y = 0

    # -- the alternate screen ---------------------------------------------------------------------

    def show_alternate(self, *, with_cursor: bool) -> None:
        """Leave the main screen as it is, and show an empty one."""
        if self.main is None:
            if with_cursor:
                self.saved = self.point()
            self.main = self.rows, self.saved
            self.rows, self.saved = self.erased_rows(self.height), None

    def show_main(self, *, with_cursor: bool) -> None:
        """Show the main screen as it was."""
        if self.main is not None:
            self.rows, self.saved = self.main
            self.main = None
            if with_cursor:
                self.go(self.saved or Point())
