"""Terminal modes that guests leave behind in a user's terminal, and how to reset them.

A guest's output goes to the terminal as it is, so a guest's editor may put it into the alternate
screen or make the mouse type, and the user may leave at any moment.
"""

import re
from typing import Final

from com1d.frontends.terminal.encodings import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON


_MOUSE: Final = (9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016)
"""Which events a mouse reports, and how: xterm, urxvt."""

_OTHERS: Final = (
    1, 5, 45, 66, 1004, 1050, 1051, 1052, 1053, 1060, 1061, 2026, 2027, 2031, 2048, 9001,
)  # fmt: skip
"""Cursor keys, inverse screen, wrapping backwards, keypad; focus; function keys of other terminals
(1050 to 1061); output that waits for its end (2026), grapheme widths, reports of colours and of the
size, Windows's keys."""

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
    + b"\x1b[0'z"  # DEC's locator, a mouse: DECELR
    + b"\x1b[?8h"  # keys that are held repeat
    + _KEYS
    + b"\x1b[>1m\x1b[>2m\x1b[m"  # and xterm's cursor and function keys; to others that is bold
    + b"\x1b7\x1b[?69l\x1b[r\x1b8"  # the whole screen scrolls; this moves the cursor, so it is kept
    + BRACKETED_PASTE_OFF
)
"""Undoes the modes that make a shell unusable. Each part does nothing where it was not set."""

_CSI: Final = rb"(?:\x1b\[|\xc2\x9b)"
"""Two bytes, or the control character of its own that xterm takes, too."""
_SWITCH: Final = re.compile(_CSI + rb"\?([\d;]{1,64})([hl])")
"""Private modes, several at once."""
_ALTERNATE: Final = frozenset((b"1049", b"1047", b"47"))
_ORIGIN: Final = b"6"
_COLUMNS: Final = b"3"
_PASTES: Final = b"2004"
_RESET: Final = re.compile(rb"\x1bc")
_TABS: Final = re.compile(_CSI + rb"\d{0,4}g|\x1bH|\xc2\x88")
_PALETTE: Final = re.compile(rb"\x1b\](?:[45]|1[0-9]);")
_POINTER: Final = re.compile(rb"\x1b\]22;")
_NO_UTF8: Final = re.compile(rb"\x1b%@")
_EIGHT_BITS: Final = re.compile(rb"\x1b G")
_LONGEST: Final = 70
"""Bytes of the longest sequence looked for, so that many less one are kept from read to read."""

_PALETTE_BACK: Final = b"".join(
    b"\x1b]%d\x1b\\" % number for number in (104, 105, 110, 111, 112, 113, 114, 117, 119)
)
"""The terminal's own colours; a user who has set others would lose them, so only when needed."""

_STOPS: Final = b"".join(b"\x1b[%dG\x1bH" % (stop + 1) for stop in range(8, 512, 8))
_TABS_BACK: Final = b"\x1b7\x1b[3g" + _STOPS + b"\x1b8\x1b[?5W"
"""A stop every eight columns, in a window as wide as any. Those behind its last column are put
there, which does no harm; DECST8C at the end has none there, in terminals that know it."""

_ORIGIN_BACK: Final = b"\x1b[?6l\x1b[r\x1b[999;1H"
"""Absolute lines. Where the cursor was cannot be known then, and the last line is safe."""


_COLUMNS_BACK: Final = b"\x1b[?3l\x1b[?40l"
"""The window's own width, where the guest has made it 132 columns wide. It is cleared."""

_UNDONE: Final = {
    _PALETTE: _PALETTE_BACK,
    _POINTER: b"\x1b]22;\x1b\\",
    _TABS: _TABS_BACK,
    _NO_UTF8: b"\x1b%G",
    _EIGHT_BITS: b"\x1b F",
}
"""What undoes that of which these are the signs, where it is better not done without need."""


class GuestModes:
    """Watches a guest's output for the few modes that matter afterwards."""

    def __init__(self) -> None:
        self._tail = b""
        self.alternate = False
        """Whether the guest has switched to the alternate screen."""
        self._origin = False
        self._needed: dict[bytes, None] = {}
        """What else has to be undone, in order."""

    def observe(self, data: bytes) -> bytes:
        """Take output that goes to the terminal; give what has to follow it.

        A guest's shell switches bracketed paste off whenever it runs a command, and so would
        make the client take pastes for typing.
        """
        if b"\x1b" not in data and b"\xc2" not in data and not self._tail:
            return b""
        seen, known = self._tail + data, len(self._tail)
        lost = any(match.end() > known for match in _RESET.finditer(seen))
        for match in _SWITCH.finditer(seen):
            for number in match[1].split(b";"):
                self._switch(number.lstrip(b"0"), on=match[2] == b"h")
                lost |= match.end() > known and number == _PASTES and match[2] == b"l"
        for sign, undo in _UNDONE.items():
            if undo not in self._needed and sign.search(seen):
                self._needed[undo] = None
        start = max(0, len(seen) - _LONGEST + 1)
        cut = max(seen.rfind(b"\x1b", start), seen.rfind(b"\xc2", start))
        self._tail = seen[cut:] if cut >= 0 else b""
        return BRACKETED_PASTE_ON if lost else b""

    def _switch(self, number: bytes, *, on: bool) -> None:
        if number in _ALTERNATE:
            self.alternate = on
        elif number == _ORIGIN:
            self._origin = on
        elif number == _COLUMNS and on:
            self._needed[_COLUMNS_BACK] = None

    def farewell(self) -> bytes:
        """Give what makes the terminal usable for a shell again."""
        return (
            (_KEYS + b"\x1b[?1049l" if self.alternate else b"")
            + (_ORIGIN_BACK if self._origin else b"")
            + RESET
            + b"".join(self._needed)
        )
