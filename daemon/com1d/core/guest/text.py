"""A console's bytes as plain text in lines, however they are cut.

This is no terminal emulation. A move of the cursor begins a new line. Colours vanish, and so does
what a terminal ignores: NUL and other filler, BEL, and control strings of any length, such as a
window's title. Three marks at the end of a line remember why it ended, since a prompt may be
followed by a repaint of the rows below it, but not by a line feed. A carriage return ends a line
too.
"""

import re
from typing import Final

from com1d.core.carried import carried


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
"""Bytes of an unfinished control sequence that are held. A longer one is shown as text."""

LONGEST_STRING: Final = 1 << 20
"""Bytes of a control string: a picture fits. One without an end must not swallow the console."""

_FILLER: Final = bytes(
    code for code in (*range(0x20), 0x7F, 0xFF) if code not in b"\x07\b\t\n\r\x18\x1a\x1b"
)
"""Bytes that print nothing and move nothing, and 0xFF, which is in no text: a line that is opened
gives it. BEL, CAN and SUB are needed until the control strings are gone, which they end."""

_WITHOUT_WIDTH: Final = dict.fromkeys(
    (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
"""Characters that take no place on a screen: soft hyphen, joiners, directions and the like."""

_BODY: Final = rb"\x1b(?:\][^\x07\x18\x1a\x1b\n]*|[PX^_][^\x07\x18\x1a\x1b]*)"
"""OSC, which holds one line; DCS, SOS, PM and APC, which may hold several."""
_STRING: Final = re.compile(_BODY + rb"(?:[\x07\x18\x1a]|\x1b\\|(?=\n|\x1b[^\\]))")
"""A control string with its end, or cut short as a terminal has it: by the next sequence."""
_UNFINISHED_STRING: Final = re.compile(_BODY + rb"\x1b?\Z")

_UNFINISHED: Final = re.compile(
    rb"(?:\x1b(?:\[[0-?]*[ -/]*|[ -/]*)"
    rb"|\r"
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)

_ESCAPES: Final = (
    (re.compile(r"\x1b\[[0-9;]*[Hfd]"), MOVED + "\n", ""),
    (re.compile(r"\x1b\[[23]J"), CLEARED + "\n", "J"),
    (re.compile(r"\x1bc"), CLEARED + "\n", "\x1bc"),
    (re.compile(r"\x1b\[0?J"), ERASED + "\n", "J"),
    (re.compile(r"\x1b+(?:\[[0-?]*[ -/]*[@-~\x18\x1a]|[ -/]*[0-~])?"), "", ""),
)
"""Patterns, the marks that stand for them, and what is in a text that has such a sequence. Colours
are many, and need no more than two passes."""


@carried()
class PlainText:
    """Decodes a console's output.

    An unfinished sequence at the end of a piece is kept for the next.
    """

    __slots__ = ("_held", "_swallowed")

    def __init__(self) -> None:
        self._held = b""
        self._swallowed = 0
        """Bytes of the control string that `_held` begins."""

    @property
    def returned(self) -> bool:
        """Whether the output ends with a carriage return: the cursor is not behind its text."""
        return self._held == b"\r"

    def forget(self) -> None:
        """Begin anew: what follows does not continue the earlier text."""
        self._held = b""
        self._swallowed = 0

    def copy(self) -> "PlainText":
        """Give another that goes on from here."""
        other = PlainText()
        other._held, other._swallowed = self._held, self._swallowed
        return other

    def read(self, data: bytes) -> str:
        """Give the next piece as text."""
        data = data.translate(None, _FILLER)
        if self._held:
            data = self._held + data
        if b"\x1b" in data:
            data = self._without_strings(data)
        self._held = _unfinished(data)
        text = data[: len(data) - len(self._held)].decode("utf-8", "replace")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\x1b" in text:
            for pattern, mark, has in _ESCAPES:
                if has in text:
                    text = pattern.sub(mark, text)
        if not text.isascii():
            text = text.translate(_WITHOUT_WIDTH)
        return text.replace("\x07", "").replace("\x18", "").replace("\x1a", "")

    def _without_strings(self, data: bytes) -> bytes:
        """Take the control strings out. Of one that goes on, its beginning stays, to be held."""
        data = _STRING.sub(b"", data)
        rest = _UNFINISHED_STRING.search(data)
        if rest is None:
            self._swallowed = 0
            return data
        self._swallowed += len(rest[0])
        if self._swallowed > LONGEST_STRING:
            self._swallowed = 0
            return data[: rest.start()]
        return data[: rest.start() + 2] + (b"\x1b" if rest[0][2:].endswith(b"\x1b") else b"")


def _unfinished(data: bytes) -> bytes:
    """Give the unfinished sequence at the end of `data`."""
    start = max(0, len(data) - LONGEST_SEQUENCE)
    if data.isascii() and data[-1:] != b"\r" and data.find(b"\x1b", start) < 0:
        return b""
    unfinished = _UNFINISHED_STRING.search(data, start) or _UNFINISHED.search(data, start)
    return unfinished[0] if unfinished else b""
