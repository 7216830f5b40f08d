"""A question before Enter runs a command at `SAC>` that does harm.

SAC runs `restart`, `shutdown`, `crashdump` and `k` at once, without a question. So the first Enter
on such a line is held back and the user is asked; the second Enter passes. To hold no key by
mistake, all of these must be true:

- Enter comes by itself, as a keyboard sends it. A program sends a line with its end.
- This user typed the whole line.
- The guest shows its prompt, and what it has echoed there agrees with what was typed.
"""

import re
from collections.abc import Callable
from typing import Final

from com1d.core.carried import carried
from com1d.core.guest.sac import LINE_MAX, NEXT, dangerous
from com1d.core.guest.text import CLEARED, ERASED, MOVED, PlainText


SHOWN_BYTES: Final = 4096
"""Bytes at the stream's end in which the prompt's line is found: a repaint of 80 x 24 cells
fits."""

FOLLOWED_MAX: Final = 512
"""Bytes of a message up to which typing is followed: nobody types more at once; a program may send
MiB."""

_ENTER: Final = frozenset({b"\r", b"\n", b"\r\n"})
_EDITING: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~])")
"""Editing keys, as a terminal sends them: none reaches the guest at `SAC>`."""

_PROMPT: Final = "\nSAC>"
_PRINTABLE: Final = range(0x20, 0x7F)
_ESCAPE, _TAB = 0x1B, 0x09
_IGNORED: Final = b"\t\x00"
"""Keys without an effect on the line: SAC beeps for one and ignores the other."""


@carried()
class Caution:
    """The line that one user has typed at `SAC>`, and the question about it."""

    __slots__ = ("_asked", "_lead", "_typed")

    def __init__(self) -> None:
        self._typed = ""
        self._lead = b""
        """The part of ESC TAB typed so far: the key behind it chooses a channel and does not reach
        the line."""
        self._asked = False

    def handle(self, data: bytes, shown: Callable[[], bytes | None]) -> str | None:
        """Handle one message of a user; give the question, if one is asked instead.

        `shown` gives the last `SHOWN_BYTES` that the guest printed, None where it is not at `SAC>`.
        """
        again, self._asked = self._asked, False
        if data in _ENTER and not again and (harm := dangerous(self._typed)):
            end = shown()
            if end is not None and _agrees(self._typed, end):
                self._asked = True
                return f"{harm}. Press Enter again to do it, Ctrl-C to leave it"
        self._follow(data)
        return None

    def _follow(self, data: bytes) -> None:
        """Follow the typed line. After input that cannot be followed, it counts as empty.

        Then no question is asked, because the guest's echo does not agree.
        """
        if len(data) > FOLLOWED_MAX:
            self._typed, self._lead, data = "", b"", data[-FOLLOWED_MAX:]
        for byte in _EDITING.sub(b"", data):
            if byte == _ESCAPE or self._lead == NEXT:
                self._typed = ""
                self._lead = b"\x1b" if byte == _ESCAPE else b""
            elif byte == _TAB and self._lead:
                self._lead = NEXT
            else:
                self._lead = b""
                self._put(byte)
        self._typed = self._typed[-LINE_MAX:]

    def _put(self, byte: int) -> None:
        if byte in _PRINTABLE:
            self._typed += chr(byte)
        elif byte in b"\x08\x7f":
            self._typed = self._typed[:-1]
        elif byte not in _IGNORED:
            self._typed = ""


def line_at_prompt(end: bytes) -> str | None:
    """Give the text behind the guest's last `SAC>`; None where other output followed it.

    After a repaint the cursor is sent behind the prompt, and what is typed then follows there.
    """
    text = "\n" + PlainText().read(end)
    at = text.rfind(_PROMPT)
    if at < 0:
        return None
    line = text[at + len(_PROMPT) :]
    for mark in (MOVED, ERASED):
        line = line.replace(f"{mark}\n", "")
    if "\n" in line or CLEARED in line:
        return None
    return _erased(line).strip()


def _agrees(typed: str, end: bytes) -> bool:
    """Tell whether the shown line is what was typed, or the beginning of it."""
    line = line_at_prompt(end)
    return line is not None and typed.strip().startswith(line)


def _erased(line: str) -> str:
    """Carry out the backspaces in an echo, `BS blank BS` for each character taken back."""
    kept: list[str] = []
    for character in line:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)
