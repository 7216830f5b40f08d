"""The page on which a guest's output is shown: rows of text, and a cursor."""

import unicodedata
from typing import Final, NamedTuple

from wcwidth import wcwidth

from com1d.frontends.words.visible import visible


LINE_MAX: Final = 16384
"""Columns of a line. A guest may never end one; what comes behind this is a line of its own, so
that memory is bounded and each step takes microseconds."""

HEIGHT: Final = 24
"""Rows of a serial console, unless the guest addresses one below."""
HEIGHT_MAX: Final = 100
"""Rows of the largest terminal. One that is addressed beyond is the last, as in `ESC [ 999 H`."""

COLUMN_MAX: Final = 300
"""The last column that is moved to, in a line that is not as long: the widest terminal's. Else a
few bytes would make long lines of blanks."""

WIDTH: Final = 80
"""Columns of a serial console: where a shell wraps its line."""

MARKS_MAX: Final = 8
"""Characters in one cell: a letter and its marks."""

TAB: Final = 8


class Shown(NamedTuple):
    """A line as it was shown."""

    at: str
    """When its last byte came."""
    offset: int
    """Of its first byte."""
    text: str


class Line:
    """A row that was written to, or ended."""

    __slots__ = ("at", "cells", "ended", "given", "offset")

    def __init__(self, offset: int) -> None:
        self.cells: list[str] = []
        self.at = ""
        self.offset = offset
        self.ended = False
        """Whether a line feed ended it: then it is one though it be empty."""
        self.given: str | None = None
        """The text that it had when it was given."""

    def text(self) -> str:
        """Give the text on one line, every character that does not print made visible."""
        return visible("".join(self.cells).rstrip(" "))


class Page:
    """The rows, the cursor, and the lines that have left. The caller sets `at` and `offset`."""

    def __init__(self) -> None:
        self.at, self.offset = "", 0
        """Of what is written: its time, and its first byte."""
        self.left: list[Shown] = []
        """Lines that are to be given."""
        self.insert = False
        self._saved = 0, 0  # row and column
        self._blank()

    def _blank(self) -> None:
        self.rows: list[Line | None] = [None] * HEIGHT
        self._top, self._bottom = 0, HEIGHT - 1
        self._x = self._y = 0

    # -- lines that leave -----------------------------------------------------------------------

    def settle(self, *, whole: bool) -> None:
        """Let what has changed be given while it stays; without `whole` not the cursor's row."""
        for y, line in enumerate(self.rows):
            if whole or y != self._y:
                self._give(line)

    def clear(self) -> None:
        """Let all lines leave. The cursor stays."""
        self.settle(whole=True)
        self.rows = [None] * len(self.rows)

    def reset(self) -> None:
        """Let all lines leave, and begin anew."""
        self.clear()
        self._blank()
        self.insert = False

    def _give(self, line: Line | None) -> None:
        if line is None or not (line.cells or line.ended):
            return
        text = line.text()
        if text != line.given and (text or line.ended):
            line.given = text
            self.left.append(Shown(line.at, line.offset, text))

    # -- text ---------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Write at the cursor."""
        if not text.isascii():
            for char in text:
                self._write_wide(char)
            return
        while text:
            room = LINE_MAX - self._x
            if room <= 0:
                self.feed()
                continue
            self._put(list(text[:room]))
            text = text[room:]

    def repeat(self, count: int) -> None:
        """Write the character before the cursor again (REP)."""
        line = self.rows[self._y]
        if line is not None and 0 < self._x <= len(line.cells):
            character = line.cells[self._x - 1 : self._x]
            self._put(character * min(count, LINE_MAX - self._x))

    def _write_wide(self, char: str) -> None:
        width = wcwidth(char)
        if width == 0 and unicodedata.combining(char):
            line = self._line()
            if 0 < self._x <= len(line.cells):
                x = self._x - 1 - (not line.cells[self._x - 1] and self._x > 1)
                if len(line.cells[x]) < MARKS_MAX:
                    line.cells[x] = unicodedata.normalize("NFC", line.cells[x] + char)
            return
        if self._x > LINE_MAX - max(width, 1):
            self.feed()
        self._put([char, *[""] * (width - 1)])

    def _put(self, cells: list[str]) -> None:
        line, x = self._line(), self._x
        if len(line.cells) < x:
            line.cells += " " * (x - len(line.cells))
        if self.insert:
            line.cells[x:x] = cells
            del line.cells[LINE_MAX:]
        else:
            line.cells[x : x + len(cells)] = cells
        self._x = x + len(cells)

    def _line(self) -> Line:
        """Give the cursor's line, which is about to change."""
        line = self.rows[self._y]
        if line is None:
            line = self.rows[self._y] = Line(self.offset)
        elif not line.cells:
            line.offset = self.offset
        line.at = self.at
        return line

    # -- the cursor -----------------------------------------------------------------------------

    def feed(self) -> None:
        """End the line, and go to the next: to its beginning, as a line feed in a log means."""
        self._line().ended = True
        self._x = 0
        if self._y == self._bottom:
            self.roll(self._top, 1)
        elif self._y < len(self.rows) - 1:
            self._y += 1

    def feed_back(self) -> None:
        """Move up, and the lines down at the top (RI)."""
        if self._y == self._top:
            self.roll(self._top, -1)
        else:
            self._y = max(0, self._y - 1)

    def carriage_return(self) -> None:
        """Go to the beginning; where a shell wraps its line by a blank and this, to its wrap."""
        line, x = self.rows[self._y], self._x
        wraps = (
            line is not None and x > WIDTH and x % WIDTH == 1 and x == len(line.cells)
            and line.cells[-1] == " " and line.cells[-2] != " "
        )  # fmt: skip
        self._x = x - 1 if wraps else 0

    def to_column(self, x: int) -> None:
        """Move to a column, counted from 0."""
        line = self.rows[self._y]
        last = max(COLUMN_MAX - 1, len(line.cells) if line else 0)
        self._x = max(0, min(x, last))

    def right(self, count: int) -> None:
        """Move right, or left where `count` is negative."""
        self.to_column(self._x + count)

    def tab(self, count: int) -> None:
        """Move so many tab stops on, or back where `count` is negative."""
        stop = self._x // TAB if count > 0 else -(-self._x // TAB)
        self.to_column((stop + count) * TAB)

    def to_row(self, y: int) -> None:
        """Move to a row, counted from 0; there are as many as are addressed."""
        if len(self.rows) <= y < HEIGHT_MAX:
            if self._bottom == len(self.rows) - 1:
                self._bottom = y
            self.rows += [None] * (y + 1 - len(self.rows))
        self._y = max(0, min(y, len(self.rows) - 1))

    def to_cell(self, y: int, x: int) -> None:
        """Move to a cell, counted from 0."""
        self.to_row(y)
        self.to_column(x)

    def down(self, count: int, x: int | None = None) -> None:
        """Move down, or up where `count` is negative, never off the page; and to column `x`."""
        self._y = max(0, min(self._y + count, len(self.rows) - 1))
        self._x = self._x if x is None else x

    def save(self) -> None:
        """Remember the cursor."""
        self._saved = self._y, self._x

    def restore(self) -> None:
        """Go to where it was remembered."""
        self.to_cell(*self._saved)

    def switch(self, *, on: bool) -> None:
        """Go to the alternate screen, or back to where the cursor was."""
        self.clear()
        if on:
            self.save()
        else:
            self.restore()

    # -- the rows -------------------------------------------------------------------------------

    def set_region(self, top: int, bottom: int) -> None:
        """Let only these rows scroll."""
        if 0 <= top < bottom:
            self._top, self._bottom = top, min(bottom, len(self.rows) - 1)
            self._x = self._y = 0

    def roll_all(self, up: int) -> None:
        """Move all lines that scroll up, or down."""
        self.roll(self._top, up)

    def roll(self, top: int | None, up: int) -> None:
        """Move lines from `top` (None: the cursor's row) on up, or down; those pushed out leave."""
        top = self._y if top is None else top
        rows = self.rows[top : self._bottom + 1]
        count = min(abs(up), len(rows))
        for line in rows[:count] if up > 0 else rows[len(rows) - count :]:
            self._give(line)
        new: list[Line | None] = [None] * count
        rows = rows[count:] + new if up > 0 else new + rows[: len(rows) - count]
        self.rows[top : self._bottom + 1] = rows

    def erase_rows(self, how: int) -> None:
        """Erase behind the cursor (0), before it (1), or all (2), which was seen and so leaves."""
        if how == 2 or (how == 0 and (self._x, self._y) == (0, 0)):  # noqa: PLR2004 - ECMA-48's
            self.clear()
        elif how in (0, 1):
            self.erase(how)
            first, last = (self._y + 1, len(self.rows)) if how == 0 else (0, self._y)
            self.rows[first:last] = [None] * (last - first)

    def erase(self, how: int) -> None:
        """Erase the cursor's line behind the cursor (0), before it (1), or all of it (2)."""
        if self.rows[self._y] is None:
            return
        cells = self._line().cells
        if how == 0:
            del cells[self._x :]
        elif how == 1:
            self.blank(self._x + 1, 0)
        elif how == 2:  # noqa: PLR2004 - ECMA-48's
            cells.clear()

    def blank(self, count: int, x: int | None = None) -> None:
        """Put blanks in place of so many characters from the cursor on."""
        if self.rows[self._y] is not None:
            cells, x = self._line().cells, self._x if x is None else x
            count = max(0, min(count, len(cells) - x))
            cells[x : x + count] = " " * count

    def push(self, count: int) -> None:
        """Push what stands from the cursor on to the right."""
        if self.rows[self._y] is not None:
            cells = self._line().cells
            cells[self._x : self._x] = " " * min(count, COLUMN_MAX, max(0, len(cells) - self._x))
            del cells[LINE_MAX:]

    def pull(self, count: int) -> None:
        """Pull what stands behind so many characters to the cursor."""
        if self.rows[self._y] is not None:
            del self._line().cells[self._x : self._x + count]
