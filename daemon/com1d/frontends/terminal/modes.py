"""What guests leave behind in a user's terminal, and how to take it back.

A guest's output goes to the terminal as it is, so a guest's editor may put it into the alternate
screen or make the mouse type, and the user may leave at any moment.
"""

import re
from typing import Final

from com1d.frontends.terminal.escape import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON


RESET: Final = (
    b"\x1b[m\x1b(B\x0f"  # colours and character sets: SGR, SCS, SI
    b"\x1b[?25h\x1b[?7h\x1b[4l"  # cursor shown, lines wrap, no insert mode: DECTCEM, DECAWM, IRM
    b"\x1b[?1l\x1b>"  # ordinary cursor keys and keypad: DECCKM, DECKPNM
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l"  # no mouse, no focus: xterm
    b"\x1b[>4m\x1b[<9u"  # ordinary keys: xterm's modifyOtherKeys, kitty's protocol
) + BRACKETED_PASTE_OFF
"""Undoes the modes that make a shell unusable. Each part does nothing where it was not set."""

_ALTERNATE: Final = re.compile(rb"\x1b\[\?(?:1049|1047|47)([hl])")
_PASTE_LOST: Final = re.compile(rb"\x1b\[\?2004l|\x1bc")
_LONGEST: Final = 8
"""Bytes of the longest sequence looked for, so that many less one are kept from read to read."""


class GuestModes:
    """Watches a guest's output for the few modes that matter afterwards."""

    def __init__(self) -> None:
        self._tail = b""
        self._alternate = False

    def observe(self, data: bytes) -> bytes:
        """Take output that goes to the terminal; give what has to follow it.

        A guest's shell switches bracketed paste off whenever it runs a command, and so would
        make the client take pastes for typing.
        """
        if b"\x1b" not in data and not self._tail:
            return b""
        seen = self._tail + data
        for match in _ALTERNATE.finditer(seen):
            self._alternate = match[1] == b"h"
        lost = any(match.end() > len(self._tail) for match in _PASTE_LOST.finditer(seen))
        cut = seen.rfind(b"\x1b", max(0, len(seen) - _LONGEST + 1))
        self._tail = seen[cut:] if cut >= 0 else b""
        return BRACKETED_PASTE_ON if lost else b""

    def farewell(self) -> bytes:
        """Give what makes the terminal usable for a shell again."""
        return (b"\x1b[?1049l" if self._alternate else b"") + RESET
