"""Bracketed paste: what is between two markers is text to the guest, whatever keys it looks like.

A shell or an editor asks for it with `ESC [ ? 2004 h`. Without the markers a shell takes each TAB
for completion, and an editor indents anew what is indented already.
"""

import re
from typing import Final

from com1d.core.carried import carried


START: Final = b"\x1b[200~"
END: Final = b"\x1b[201~"

LOOK_BACK: Final = 65536
"""Bytes of what the guest has printed in which its last request is looked for: each prompt repeats
it."""

_SWITCH: Final = re.compile(rb"\x1b\[\?(?:\d{1,5};){0,8}2004(?:;\d{1,5}){0,8}([hl])|\x1bc")
"""On or off; or a reset of the terminal, which turns it off."""

_LONGEST: Final = 128
"""Bytes of the longest switch: what a read may have torn one after."""


_SEQUENCE: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
)
_LINE: Final = 512
"""Bytes of the last line that are looked at: a prompt with its colours."""

_PROMPT_ENDS: Final = (b"#", b"$", b"%", b">")


def would_complete(text: str, printed: bytes) -> bool:
    """Tell whether a TAB in a paste may be taken for completion by what has `printed` that.

    It shows a prompt, and has not asked for brackets. A program that merely reads shows none.
    """
    if "\t" not in text or Brackets(printed).on:
        return False
    line = _SEQUENCE.sub(b"", printed[-_LINE:]).rpartition(b"\n")[2]
    return line.rstrip(b" ").endswith(_PROMPT_ENDS)


@carried()
class Brackets:
    """Whether the guest wants a paste in brackets, followed through what it prints."""

    __slots__ = ("_torn", "on")

    def __init__(self, printed: bytes = b"") -> None:
        """Begin with what the guest has `printed` so far."""
        self.on = False
        self._torn = b""
        self.feed(printed)

    def feed(self, data: bytes) -> None:
        """Take what the guest printed, in pieces of any size."""
        data = self._torn + data
        for switch in _SWITCH.finditer(data):
            self.on = switch[1] == b"h"
        last = data.rfind(b"\x1b", -_LONGEST)
        self._torn = data[last:] if last >= 0 else b""


def left_open(discarded: bytes, *, opened: bool) -> bool:
    """Tell whether the guest waits for an END, now that these bytes will not reach it.

    `opened`: that END was not among what was to be sent yet.
    """
    start, end = discarded.find(START), discarded.find(END)
    if end >= 0:
        return start < 0 or end < start
    return opened and start < 0
