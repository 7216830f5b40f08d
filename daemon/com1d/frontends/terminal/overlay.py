"""Lines drawn below the cursor for a moment, or put above its line for good.

The guest's screen is not known here, so what stood below is not put back; but the cursor and its
colours are, and the text that the guest is writing is never overwritten. Bytes are for an
xterm-like terminal in raw mode.
"""

import textwrap
from typing import Final


LINES_MAX: Final = 4
"""A menu must not hide the guest."""


def wrap(parts: list[str], columns: int, lines_max: int = LINES_MAX, gap: str = " | ") -> list[str]:
    """Lay `parts` out in at most `lines_max` lines of fewer than `columns` characters.

    The last column stays empty: many terminals wrap when it is written.
    """
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(gap) + len(part) < columns:
            lines[-1] += gap + part
        elif len(lines) < lines_max:
            lines.append(part)
        else:
            lines[-1] += gap + part
    return cut(lines, columns)


def cut(lines: list[str], columns: int) -> list[str]:
    """Give each line with fewer than `columns` characters."""
    return [line[: max(1, columns - 1)] for line in lines]


def fold(text: str, columns: int) -> list[str]:
    """Break a text between words into lines of fewer than `columns` characters.

    A word that is longer than a line, such as a path, stays whole, so that it can be copied.
    """
    width = max(1, columns - 1)
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def rows_of(lines: list[str], columns: int) -> int:
    """Count the rows that lines take on a screen, of which long words take more than one."""
    return sum(max(1, -(-len(line) // columns)) for line in lines)


class Overlay:
    """Draws and erases; what it gives has to reach the terminal in that order."""

    def __init__(self, *, colour: bool) -> None:
        self._begin, self._end = ("\x1b[7m", "\x1b[27m") if colour else ("", "")
        self._lines = 0

    @property
    def drawn(self) -> bool:
        """Whether lines stand below the cursor now."""
        return self._lines > 0

    def draw(self, lines: list[str]) -> bytes:
        """Show `lines` below the cursor, in place of those that stand there now."""
        # A line feed keeps the column in raw mode and scrolls at the bottom of the screen: after
        # this the cursor is where it was in the text, with room below it.
        down, up = "\n" * len(lines), f"\x1b[{len(lines)}A"
        text = "".join(f"\r\n\x1b[m\x1b[2K{self._begin}{line}{self._end}" for line in lines)
        shown = self.erase() + f"{down}{up}\x1b7{text}".encode()
        self._lines = len(lines)
        return shown

    def erase(self) -> bytes:
        """Clear the lines, and put the cursor and its colours back."""
        if not self._lines:
            return b""
        up = "\x1b[A\r\x1b[2K" * (self._lines - 1)
        self._lines = 0
        return f"\x1b[m\r\x1b[2K{up}\x1b8".encode()

    def above(self, lines: list[str], columns: int) -> bytes:
        """Insert `lines` above the line in which the cursor is: the prompt stays the last line."""
        rows = rows_of(lines, columns)
        text = "\r\n".join(f"{self._begin}{line}{self._end}" for line in lines)
        room = "\n" * rows + f"\x1b[{rows}A"
        return f"{room}\x1b7\x1b[m\r\x1b[{rows}L{text}\x1b8\x1b[{rows}B".encode()

    def bottom(self, lines: list[str], rows: int) -> bytes:
        """Write `lines` into the last rows; empty ones erase them again."""
        first = rows - len(lines) + 1
        text = "".join(
            f"\x1b[{first + number};1H\x1b[m\x1b[K{self._begin}{line}{self._end}" if line
            else f"\x1b[{first + number};1H\x1b[m\x1b[K"
            for number, line in enumerate(lines)
        )  # fmt: skip
        return f"\x1b7{text}\x1b8".encode()
