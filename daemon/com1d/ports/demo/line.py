"""The line discipline of `SAC>` and `!SAC>`: what a typed byte echoes and does.

It has no editing keys: a terminal's Up arrow arrives as `ESC [ A`, the escape is dropped before it
gets here, and `[A` becomes part of the command. That is how the real one behaves, and why com1d
drops such keys at this prompt. Behaviour as in ReactOS, `drivers/sac/driver/conmgr.c`.
"""

from typing import Final

from com1d.ports.demo.codes import BS, CR, DEL, ETX, LF, NUL, TAB


LINE_MAX: Final = 77
"""Characters in a command line: 80 columns less three. A further one replaces the last."""


class LineEditor:
    """One command line in the making."""

    def __init__(self) -> None:
        self._line: list[str] = []
        self._after_cr = False

    @property
    def text(self) -> str:
        """What has been typed so far."""
        return "".join(self._line)

    def feed(self, byte: int) -> tuple[str, str | None]:
        """Take one byte; give its echo, and the line if the byte finished it.

        NUL is no data, and neither is a byte above 7-bit ASCII. LF right after CR is ignored.
        Ctrl+C finishes the line like Enter, only without an echo.
        """
        if byte == NUL or byte > DEL:
            return "", None
        after_cr, self._after_cr = self._after_cr, byte == CR
        if byte == LF and after_cr:
            return "", None
        if byte in (CR, LF, ETX):
            return ("" if byte == ETX else "\r\n"), self._take()
        return self._edit(byte), None

    def _take(self) -> str:
        """Give the line without the blanks around it, and begin a new one."""
        text = self.text.strip(" ")
        self._line.clear()
        return text

    def _edit(self, byte: int) -> str:
        """Change the line by one character; give the echo."""
        if byte == TAB:
            return "\a"
        if byte in (BS, DEL):
            erased = self._line[-1:]
            del self._line[-1:]
            return "\b \b" if erased else ""
        char = chr(byte)
        if len(self._line) < LINE_MAX:
            self._line.append(char)
            return char
        self._line[-1] = char
        return "\b" + char
