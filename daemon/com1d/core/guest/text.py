"""A console's bytes as plain text in lines, however they are cut.

This is no terminal. Where the cursor goes, a new line begins; colours and the like vanish. Three
marks at the end of a line remember why it ended, since a prompt may be followed by a repaint of
the rows below it, but not by a line feed. A carriage return ends a line too.
"""

import re
from typing import Final


MOVED: Final = "\v"
"""The cursor was sent to another place."""
CLEARED: Final = "\f"
"""The screen was cleared."""
ERASED: Final = "\x0e"
"""The screen was erased from the cursor on."""
MARKS: Final = MOVED + CLEARED + ERASED

LINE_END: Final = rf" *[{MARKS}]?\n"
"""The pattern of a line's end: padded or not, and for whatever reason."""

LONGEST_SEQUENCE: Final = 256
"""Bytes of an escape sequence: a window title fits. What is longer is shown as text."""

_OWN_MARKS: Final = MARKS.encode()

_UNFINISHED: Final = re.compile(
    rb"(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)"
    rb"|\r"
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)

_ESCAPES: Final = (
    (re.compile(r"\x1b\[[0-9;]*[Hfd]"), MOVED + "\n", ""),
    (re.compile(r"\x1b\[[23]J"), CLEARED + "\n", "J"),
    (re.compile(r"\x1bc"), CLEARED + "\n", "\x1bc"),
    (re.compile(r"\x1b\[0?J"), ERASED + "\n", "J"),
    (
        re.compile(
            r"\x1b+(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]{0,254}(?:\x07|\x1b\\)|[ -/]*[0-~])?"
        ),
        "",
        "",
    ),
)
"""Patterns, the marks that stand for them, and what is in a text that has such a sequence. Colours
are many, and need no more than two passes."""


class PlainText:
    """Reads a console. What a piece ends with and cannot be told yet is kept for the next one."""

    def __init__(self) -> None:
        self._held = b""

    @property
    def returned(self) -> bool:
        """Whether the last that came was a carriage return: the cursor is off its text."""
        return self._held == b"\r"

    def forget(self) -> None:
        """Begin anew: what follows does not continue what came before."""
        self._held = b""

    def read(self, data: bytes) -> str:
        """Give the next piece as text."""
        if any(mark in data for mark in _OWN_MARKS):
            data = data.translate(None, _OWN_MARKS)
        if self._held:
            data = self._held + data
        self._held = _unfinished(data)
        text = data[: len(data) - len(self._held)].decode("utf-8", "replace")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\x1b" in text:
            for pattern, mark, has in _ESCAPES:
                if has in text:
                    text = pattern.sub(mark, text)
        return text


def _unfinished(data: bytes) -> bytes:
    """Give what `data` ends with and cannot be told yet; plain text is told at a glance."""
    start = max(0, len(data) - LONGEST_SEQUENCE)
    if data.isascii() and data[-1:] != b"\r" and data.find(b"\x1b", start) < 0:
        return b""
    unfinished = _UNFINISHED.search(data, start)
    return unfinished[0] if unfinished else b""
