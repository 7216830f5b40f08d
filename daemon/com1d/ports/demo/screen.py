"""A channel's screen: the 80 x 24 cells that SAC repaints when one looks at the channel again."""

from typing import Final


ROWS: Final = 24
COLUMNS: Final = 80
CLEAR: Final = "\x1b[2J\x1b[1;1H"
"""Erase the display and go home: the only control sequence that this guest's programs print."""

_GRAPHICS: Final = "\x1b[22m\x1b[25m\x1b[27m\x1b[40m\x1b[37m"
"""Not bold, not blinking, not inverse; background, then foreground: SAC sets each by itself."""


class Screen:
    """A grid of characters and a cursor. Text beyond the last row scrolls the first one away."""

    def __init__(self) -> None:
        self._rows = [_blank_row() for _ in range(ROWS)]
        self._row = 0
        self._column = 0  # COLUMNS: the row is full, and the next character begins another

    def write(self, text: str) -> None:
        """Paint text as a terminal does, except for control sequences other than `CLEAR`."""
        _, cleared, rest = text.rpartition(CLEAR)
        if cleared:
            self._rows = [_blank_row() for _ in range(ROWS)]
            self._row = self._column = 0
        for char in rest:
            self._put(char)

    def redraw(self) -> str:
        """Give what paints the whole grid anew: every cell, blanks too, then the cursor's place.

        The form is that of ReactOS, `drivers/sac/driver/vtutf8chan.c`.
        """
        first, *others = ("".join(row) for row in self._rows)
        rows = [first, *(f"\x1b[{number};1H{row}" for number, row in enumerate(others, 2))]
        cursor = f"\x1b[{self._row + 1};{min(self._column + 1, COLUMNS)}H"
        return "".join([CLEAR, "\x1b[0m", _GRAPHICS, *rows, cursor, _GRAPHICS])

    def _put(self, char: str) -> None:
        if char == "\r":
            self._column = 0
        elif char == "\n":
            self._line_feed()
        elif char == "\b":
            self._column = max(0, min(self._column, COLUMNS - 1) - 1)
        elif " " <= char <= "~":
            if self._column == COLUMNS:
                self._column = 0
                self._line_feed()
            self._rows[self._row][self._column] = char
            self._column += 1

    def _line_feed(self) -> None:
        if self._row < ROWS - 1:
            self._row += 1
            return
        del self._rows[0]
        self._rows.append(_blank_row())


def _blank_row() -> list[str]:
    return [" "] * COLUMNS
