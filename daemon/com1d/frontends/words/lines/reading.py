"""From bytes to lines: what is text, what is none, and what each control does to the page."""

import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Final

from com1d.frontends.words.lines.page import COLUMN_MAX, Page, Shown


STRING_MAX: Final = 1 << 20
"""Bytes of a control string, a picture for example, before it is taken for one that never ends:
what tmux takes. None of them are held."""

_SEQUENCE_MAX: Final = 256
"""Bytes of one control sequence."""

_NUMBER_MAX: Final = 9999

_INNER: Final = rb"\x00-\x17\x19\x1c-\x1f\x7f"
"""Controls that are obeyed within a sequence; CAN, SUB and ESC end it."""
_BODY: Final = rb"[%b -?]{0,%d}" % (_INNER, _SEQUENCE_MAX)
_SHORT: Final = rb"[%b -/]{0,16}" % _INNER
_TOKEN: Final = re.compile(
    rb"(?P<text>[^\x00-\x1f\x7f]+)"
    rb"|(?P<function>\x1b\[" + _BODY + rb")(?P<final>[@-~])"
    rb"|\x1b(?P<string>[]PX^_])"
    rb"|(?P<escape>\x1b" + _SHORT + rb")(?P<last>[0-OQ-WYZ\\`-~])"
    rb"|(?P<broken>\x1b(?:\[" + _BODY + rb"|" + _SHORT + rb"))"
    rb"|(?P<control>[\x00-\x1f\x7f])"
)
_UNFINISHED: Final = re.compile(rb"\x1b(?:\[" + _BODY + rb"|" + _SHORT + rb")\Z")
_STRING_END: Final = re.compile(rb"[\x07\x18\x1a\x1b]")
_OSC_END: Final = re.compile(rb"[\x07\n\x18\x1a\x1b]")
"""A title or a link has one line: one that is cut off does not hide the lines that follow."""
_CONTROLS: Final = re.compile(rb"[%b]" % _INNER)
_FUNCTION: Final = re.compile(rb"\x1b\[(\??)([0-9;:]*)\Z")

_GRAPHICS: Final = str.maketrans(
    "`abcdefghijklmnopqrstuvwxyz{|}~_", "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£· "
)
"""DEC's special graphics: lines and corners instead of small letters."""
_ALTERNATE: Final = (47, 1047, 1049)
_INSERT: Final = 4


class Lines:
    """The lines of a stream, the same however it is cut into pieces."""

    def __init__(self) -> None:
        """Begin at the beginning of a line."""
        self.page = Page()
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._character_at = 0
        """Offset of a character of which the rest is yet to come."""
        self.held = b""
        self._string = b""
        """What began the control string that goes on, and how many bytes it has."""
        self._string_bytes = 0
        self._graphics = [False, False]
        self._shifted = False

    def feed(self, data: bytes, at: str, offset: int) -> list[Shown]:
        """Take what was printed from `offset` on; give the lines that have left the page."""
        offset -= len(self.held)
        data = self.held + data
        found = _UNFINISHED.search(data, max(0, len(data) - _SEQUENCE_MAX - 8))
        self.held = found[0] if found else b""
        self.page.at = at
        place, end = 0, len(data) - len(self.held)
        while place < end:
            if self._string:
                place = self._skip(data, place, end)
            elif token := _TOKEN.match(data, place, end):
                self.page.offset = offset + place
                self._obey(token)
                place = token.end()
        return self._given()

    def settle(self, *, whole: bool) -> list[Shown]:
        """Give the lines that have changed, though they stay; `whole`: the cursor's, too."""
        self.page.settle(whole=whole)
        return self._given()

    def finish(self) -> list[Shown]:
        """Give all that is left: there is no more."""
        self._character()
        self.page.clear()
        return self._given()

    def _given(self) -> list[Shown]:
        given, self.page.left = self.page.left, []
        return given

    def _skip(self, data: bytes, place: int, end: int) -> int:
        """Read over a control string. What ends it is obeyed, but for the bell."""
        last = min(end, place + STRING_MAX - self._string_bytes)
        found = (_OSC_END if self._string == b"]" else _STRING_END).search(data, place, last)
        stop = found.start() if found else last
        self._string_bytes += stop - place
        if found or self._string_bytes >= STRING_MAX:
            self._string, self._string_bytes = b"", 0
        return stop + (found is not None and found[0] == b"\x07")

    def _obey(self, token: re.Match[bytes]) -> None:
        if (text := token["text"]) is not None:
            self._text(text)
            return
        self._character()
        if (control := token["control"]) is not None:
            self._control(control)
        elif (function := token["function"]) is not None:
            if parts := _FUNCTION.match(self._bare(function)):
                self._function(parts[2].decode(), token["final"].decode(), private=bool(parts[1]))
        elif (escape := token["escape"]) is not None:
            self._escape(self._bare(escape)[1:], token["last"])
        elif (string := token["string"]) is not None:
            self._string = string
        else:  # broken off
            self._bare(token["broken"])

    def _text(self, data: bytes) -> None:
        if self._decoder.getstate()[0]:
            self.page.offset = self._character_at
        else:
            self._character_at = self.page.offset
        text = self._decoder.decode(data)
        if rest := self._decoder.getstate()[0]:
            self._character_at = max(self._character_at, self.page.offset + len(data) - len(rest))
        if self._graphics[self._shifted]:
            text = text.translate(_GRAPHICS)
        self.page.write(text)

    def _character(self) -> None:
        """End a character of which no more comes."""
        if self._decoder.getstate()[0]:
            self.page.offset, offset = self._character_at, self.page.offset
            self.page.write(self._decoder.decode(b"", final=True))
            self.page.offset = offset

    def _bare(self, sequence: bytes) -> bytes:
        """Obey the controls within a sequence, and give what is left."""
        for control in _CONTROLS.findall(sequence):
            self._control(control)
        return _CONTROLS.sub(b"", sequence)

    def _control(self, control: bytes) -> None:
        if control in (b"\x0e", b"\x0f"):
            self._shifted = control == b"\x0e"
        elif does := _CONTROL.get(control):
            does(self.page)

    def _escape(self, between: bytes, last: bytes) -> None:
        if between in (b"(", b")"):
            self._graphics[between == b")"] = last == b"0"
        elif not between and (does := _ESCAPE.get(last)):
            does(self.page)
            if last == b"c":
                self._graphics, self._shifted = [False, False], False

    def _function(self, params: str, final: str, *, private: bool) -> None:
        numbers = [_number(each) for each in params.split(";")]
        if private:
            if final in "hl" and any(number in _ALTERNATE for number in numbers):
                self.page.switch(on=final == "h")
        elif final in "hl":
            if _INSERT in numbers:
                self.page.insert = final == "h"
        elif does := _FUNCTION_OF.get(final):
            first, second = (*numbers, 0, 0)[:2]
            does(self.page, first, second)


def _number(text: str) -> int:
    return min(int(text.partition(":")[0][:5] or 0), _NUMBER_MAX)


_CONTROL: Final[dict[bytes, Callable[[Page], None]]] = {
    b"\b": lambda page: page.right(-1),
    b"\t": lambda page: page.tab(1),
    b"\n": Page.feed,
    b"\v": Page.feed,
    b"\f": Page.feed,
    b"\r": Page.carriage_return,
}
_ESCAPE: Final[dict[bytes, Callable[[Page], None]]] = {
    b"7": Page.save,
    b"8": Page.restore,
    b"D": Page.feed,
    b"E": Page.feed,
    b"M": Page.feed_back,
    b"c": Page.reset,
}
_FUNCTION_OF: Final[dict[str, Callable[[Page, int, int], None]]] = {
    "@": lambda page, n, _: page.push(n or 1),
    "A": lambda page, n, _: page.down(-(n or 1)),
    "B": lambda page, n, _: page.down(n or 1),
    "C": lambda page, n, _: page.right(n or 1),
    "D": lambda page, n, _: page.right(-(n or 1)),
    "E": lambda page, n, _: page.down(n or 1, x=0),
    "F": lambda page, n, _: page.down(-(n or 1), x=0),
    "G": lambda page, n, _: page.to_column((n or 1) - 1),
    "H": lambda page, n, m: page.to_cell((n or 1) - 1, (m or 1) - 1),
    "I": lambda page, n, _: page.tab(n or 1),
    "J": lambda page, n, _: page.erase_rows(n),
    "K": lambda page, n, _: page.erase(n),
    "L": lambda page, n, _: page.roll(None, -(n or 1)),
    "M": lambda page, n, _: page.roll(None, n or 1),
    "P": lambda page, n, _: page.pull(n or 1),
    "S": lambda page, n, _: page.roll_all(n or 1),
    "T": lambda page, n, _: page.roll_all(-(n or 1)),
    "X": lambda page, n, _: page.blank(n or 1),
    "Z": lambda page, n, _: page.tab(-(n or 1)),
    "`": lambda page, n, _: page.to_column((n or 1) - 1),
    "a": lambda page, n, _: page.right(n or 1),
    "b": lambda page, n, _: page.repeat(min(n or 1, COLUMN_MAX)),
    "d": lambda page, n, _: page.to_row((n or 1) - 1),
    "e": lambda page, n, _: page.down(n or 1),
    "f": lambda page, n, m: page.to_cell((n or 1) - 1, (m or 1) - 1),
    "r": lambda page, n, m: page.set_region((n or 1) - 1, (m or _NUMBER_MAX) - 1),
    "s": lambda page, *_: page.save(),
    "u": lambda page, *_: page.restore(),
}
"""By the sequence's last byte. A parameter that is missing or 0 is mostly 1."""
