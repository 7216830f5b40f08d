"""Text from guests and from other users, made harmless for a terminal.

A guest controls what its console prints, and a terminal obeys what it is sent. `visible` is for
names, hints and titles; `Readable` is for a whole boot log.
"""

import codecs
import re
from typing import Final


def visible(text: str) -> str:
    r"""Give `text` on one line, every character that does not print shown as `\x..` or `\u....`."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


SEQUENCE_MAX: Final = 256
"""Characters of one escape sequence. Longer ones (pictures, clipboards) are no part of a boot log,
and an unfinished one must not swallow the text that follows it."""

_STRING: Final = rf"[]P^_X][^\x07\x1b\r\n]{{0,{SEQUENCE_MAX}}}"
_CONTROL: Final = r"\[[0-?]{0,64}[ -/]{0,8}"
_SEQUENCE: Final = re.compile(
    rf"\x1b(?:{_CONTROL}[@-~]|{_STRING}(?:\x07|\x1b\\)|(?![]P^_X\[])[ -/]{{0,8}}[0-~])"
)
"""Control sequences, control strings and two-character escapes of ECMA-48, section 5. What is not
whole is shown, not hidden."""
_UNFINISHED: Final = re.compile(rf"\x1b(?:{_CONTROL}|{_STRING}\x1b?|[ -/]{{0,8}})?\Z")
_BREAK: Final = re.compile(r"\r+\n?")
_UNSAFE: Final = re.compile(r"[^\n\t -~]+")


class Readable:
    """A guest's output as plain text, piece by piece, the same however it is cut.

    Escape sequences are taken out. A carriage return, which would let the guest write over what
    was shown before, ends the line. Other controls are shown as `visible` shows them.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._returned = False

    def feed(self, data: bytes) -> str:
        """Take the next bytes and give the text that is certain by now."""
        text = self._rest + self._decoder.decode(data)
        cut = _UNFINISHED.search(text, max(0, len(text) - SEQUENCE_MAX - 3))
        self._rest = text[cut.start() :] if cut else ""
        return self._plain(text[: cut.start()] if cut else text)

    def finish(self) -> str:
        """Give what is left when there is no more."""
        text, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return self._plain(text)

    def _plain(self, text: str) -> str:
        text = _SEQUENCE.sub("", text)
        if self._returned:  # the line was ended with the carriage return
            text = text.lstrip("\r")
            if not text:
                return ""
            text = text.removeprefix("\n")
        self._returned = text.endswith("\r")
        return _UNSAFE.sub(lambda match: visible(match[0]), _BREAK.sub("\n", text))
