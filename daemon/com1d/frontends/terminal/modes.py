"""Terminal modes that guests leave behind in a user's terminal, and how to reset them.

A guest's output goes to the terminal as it is, so a guest's editor may put it into the alternate
screen or make the mouse type, and the user may leave at any moment.
"""

import re
from typing import Final

from com1d.frontends.terminal.escape import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON


_MOUSE: Final = (9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016)
"""Which events a mouse reports, and how: xterm, urxvt."""

_OTHERS: Final = (1, 5, 45, 66, 1004, 2026, 2027, 2031, 2048, 9001)
"""Cursor keys, inverse screen, wrapping backwards, keypad; focus; output that waits for its end
(2026), grapheme widths, reports of colours and of the size, Windows's keys."""

_KEYS: Final = b"\x1b[>4m\x1b[=0;1u\x1b[<99u"
"""Ordinary keys: xterm's modifyOtherKeys, kitty's flags and its stack of them.
Kitty has both for each of its two screens."""

RESET: Final = (
    b"\x1b\\\x1b<"  # the end of a string that was cut off, and of VT52 mode
    b"\x1b[4i\x1b[?4i"  # what comes goes to the screen, not to a printer
    b'\x1b[m\x1b(B\x1b)B\x0f\x1b[0"q'  # colours, character sets, protection: SGR, SCS, SI, DECSCA
    b"\x1b[?25h\x1b[?7h\x1b[4l\x1b[20l\x1b[2l"  # cursor, wrapping; no insert, newline, lock mode
    b"\x1b[0 q\x1b>"  # the cursor's usual shape, the ordinary keypad: DECSCUSR, DECKPNM
    + b"".join(b"\x1b[?%dl" % number for number in (*_MOUSE, *_OTHERS))
    + _KEYS
    + b"\x1b7\x1b[?69l\x1b[r\x1b8"  # the whole screen scrolls; this moves the cursor, so it is kept
    + BRACKETED_PASTE_OFF
)
"""Undoes the modes that make a shell unusable. Each part does nothing where it was not set."""

_ALTERNATE: Final = re.compile(rb"\x1b\[\?(?:1049|1047|47)([hl])")
_PASTE_LOST: Final = re.compile(rb"\x1b\[\?2004l|\x1bc")
_ORIGIN: Final = re.compile(rb"\x1b\[\?6([hl])")
_PALETTE: Final = re.compile(rb"\x1b\](?:4|1[0-9]);")
_NO_UTF8: Final = re.compile(rb"\x1b%@")
_LONGEST: Final = 8
"""Bytes of the longest sequence looked for, so that many less one are kept from read to read."""

_PALETTE_BACK: Final = b"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\"
"""The terminal's own colours; a user who has set others would lose them, so only when needed."""

_ORIGIN_BACK: Final = b"\x1b[?6l\x1b[r\x1b[999;1H"
"""Absolute lines. Where the cursor was cannot be known then, and the last line is safe."""


class GuestModes:
    """Watches a guest's output for the few modes that matter afterwards."""

    def __init__(self) -> None:
        self._tail = b""
        self.alternate = False
        """Whether the guest has switched to the alternate screen."""
        self._origin = False
        self._palette = False
        self._no_utf8 = False

    def observe(self, data: bytes) -> bytes:
        """Take output that goes to the terminal; give what has to follow it.

        A guest's shell switches bracketed paste off whenever it runs a command, and so would
        make the client take pastes for typing.
        """
        if b"\x1b" not in data and not self._tail:
            return b""
        seen = self._tail + data
        for match in _ALTERNATE.finditer(seen):
            self.alternate = match[1] == b"h"
        for match in _ORIGIN.finditer(seen):
            self._origin = match[1] == b"h"
        self._palette = self._palette or _PALETTE.search(seen) is not None
        self._no_utf8 = self._no_utf8 or _NO_UTF8.search(seen) is not None
        lost = any(match.end() > len(self._tail) for match in _PASTE_LOST.finditer(seen))
        cut = seen.rfind(b"\x1b", max(0, len(seen) - _LONGEST + 1))
        self._tail = seen[cut:] if cut >= 0 else b""
        return BRACKETED_PASTE_ON if lost else b""

    def farewell(self) -> bytes:
        """Give what makes the terminal usable for a shell again."""
        return (
            (_KEYS + b"\x1b[?1049l" if self.alternate else b"")
            + (_ORIGIN_BACK if self._origin else b"")
            + (_PALETTE_BACK if self._palette else b"")
            + (b"\x1b%G" if self._no_utf8 else b"")
            + RESET
        )
