"""Questions of the menu that are answered with a line of text, such as a file's name."""

from collections.abc import Callable
from typing import Final, NamedTuple

from com1d.frontends.terminal.wishes import (
    Look,
    PasteFile,
    PressKeys,
    Say,
    SysRq,
    Wish,
    WriteNote,
)


SYSRQ_MAX: Final = 16
"""Keys in one SysRq sequence. REISUB, the longest in common use, has six."""

TEXT_MAX: Final = 300
"""Characters of a message or a note: what the daemon takes."""

PATH_MAX: Final = 4096
"""Bytes of a path on Linux."""


class Question(NamedTuple):
    """What is asked, and what becomes of the answer."""

    text: str
    wish: Callable[[str], Wish]
    what: str
    """What is not done if the user goes back: `SysRq not sent`."""
    longest: int = TEXT_MAX
    alphanumeric: bool = False


QUESTIONS: Final = {
    "s": Question("SysRq keys (h prints what they do)", SysRq, "SysRq not sent", SYSRQ_MAX,
                  alphanumeric=True),
    "k": Question("Keys, such as F8 or Ctrl-Alt-Delete", PressKeys, "no key sent"),
    "p": Question("File to paste", PasteFile, "nothing pasted", PATH_MAX),
    "m": Question("Message to all who are on", Say, "nothing said"),
    "l": Question("Note for the log", WriteNote, "nothing noted"),
    "/": Question("Search back for", Look, "not searched"),
}  # fmt: skip
"""By the key of the entry that asks."""

_ENTER: Final = (b"\r", b"\n")
_ERASE: Final = (b"\x7f", b"\b")
_KILL: Final = b"\x15"
_DELETE: Final = 0x7F


class Answering:
    """A question while its answer is typed."""

    def __init__(self, question: Question) -> None:
        """Begin with nothing typed."""
        self.question = question
        self._typed = b""

    @property
    def shown(self) -> tuple[str, str]:
        """What the user sees."""
        return f"{self.question.text}; Enter goes on, Esc goes back:", f"{self._text()}_"

    def take(self, data: bytes) -> None:
        """Take typed or pasted bytes: of several lines the first."""
        for byte in data.splitlines()[0] if data else b"":
            char = bytes((byte,))
            if byte < ord(" ") or byte == _DELETE:
                continue
            if self.question.alphanumeric and not char.isalnum():
                continue
            if len(self._text()) < self.question.longest:
                self._typed += char

    def key(self, key: bytes) -> Wish | bool:
        """Take one key; give the wish where it ends the answer, false where the user goes back."""
        if key in _ENTER:
            text = self._text().strip()
            return self.question.wish(text) if text else False
        if key in _ERASE:
            self._typed = self._text()[:-1].encode()
        elif key == _KILL:
            self._typed = b""
        elif key[0] < ord(" ") or len(key) > 1:
            return False
        else:
            self.take(key)
        return True

    def _text(self) -> str:
        return self._typed.decode(errors="replace")
