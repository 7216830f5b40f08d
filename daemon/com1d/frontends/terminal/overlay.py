"""Lines drawn below the cursor for a moment, as bytes for an xterm-like terminal in raw mode.

The guest's screen is not known here, so what stood in these lines is not put back; but the cursor
and its colours are, and the text the guest is writing is never overwritten.
"""

from typing import Final


LINES_MAX: Final = 2
"""A menu must not hide the guest."""


def wrap(parts: list[str], columns: int, gap: str = " | ") -> list[str]:
    """Lay `parts` out in at most `LINES_MAX` lines of fewer than `columns` characters.

    The last column stays empty: many terminals wrap when it is written.
    """
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(gap) + len(part) < columns:
            lines[-1] += gap + part
        elif len(lines) < LINES_MAX:
            lines.append(part)
        else:
            lines[-1] += gap + part
    return [line[: max(1, columns - 1)] for line in lines]


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
        lines = lines[:LINES_MAX]
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
