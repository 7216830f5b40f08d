"""From a stream of bytes to what a terminal shows, and from there to another terminal."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import Final

from com1d.core.screen.paint import paint
from com1d.core.screen.screen import COLUMNS, ROWS
from com1d.core.screen.terminal import Terminal


READ_MAX: Final = 65536
"""The newest bytes of a stream that a screen is computed from: six seconds of line rate, and more
than thirty screens full of text."""

BEGINNING_MAX: Final = 4096
"""Bytes in which a line or sequence should begin in a stream that is cut off in front."""

STRING_MAX: Final = 4096
"""Characters of a string that is not finished, such as a window's title, that are painted. More of
it, a picture for example, is left out; what follows is none of the text either way."""

_TEXT_MAX: Final = 64
"""Characters drawn in one step, where each is as wide as any."""
_WIDE_MAX: Final = 16
"""And where each has to be looked up: some 20 microseconds."""

_INNER: Final = r"\x00-\x17\x19\x1c-\x1f\x7f"
"""Controls that are obeyed within a sequence, which goes on behind them. CAN, SUB and ESC end it.
"""
_LEAD: Final = rf"\x1b[{_INNER}]{{0,16}}"
_BODY: Final = rf"[{_INNER} -?]{{0,256}}"
_TOKEN: Final = re.compile(
    rf"""(?P<text>[ -~]{{1,{_TEXT_MAX}}}|[^\x00-\x1f\x7f-\x9f]{{1,{_WIDE_MAX}}})
    |(?P<function>{_LEAD}\[{_BODY})(?P<final>[@-~])
    |(?P<string>{_LEAD}[]PX^_])
    |(?P<escape>\x1b[{_INNER}\ -/]{{0,16}})(?P<last>[0-OQ-WYZ\\`-~])
    |(?P<broken>{_LEAD}\[{_BODY}|\x1b[{_INNER}\ -/]{{0,16}})
    |(?P<control>[\x00-\x1f\x7f-\x9f])""",
    re.VERBOSE,
)
_UNFINISHED: Final = re.compile(rf"\x1b(?:[{_INNER} -/]{{0,16}}|[{_INNER}]{{0,16}}\[{_BODY})\Z")
_UNFINISHED_MAX: Final = 300
_STRING_END: Final = re.compile(r"[\x07\x18\x1a\x1b]")
_CONTROLS: Final = re.compile(rf"[{_INNER}]")
_FUNCTION: Final = re.compile(r"\x1b\[([<-?]?)([0-9;:]*)([ -/]*)\Z")
_BEGINNING: Final = re.compile(rb"\n|(?=\x1b)")


def beginning(data: bytes) -> int:
    """Tell where to begin reading a stream that is cut off in front: in no line or sequence."""
    found = _BEGINNING.search(data, 0, BEGINNING_MAX)
    return found.end() if found else 0


class Emulator:
    """A terminal without a user."""

    def __init__(self, rows: int = ROWS, columns: int = COLUMNS) -> None:
        self.terminal = Terminal(rows, columns)
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._held = ""
        """The beginning of a sequence that is not finished."""
        self._string = ""
        """Or of a string."""

    def read(self, data: bytes) -> Iterator[None]:
        """Take the next bytes, a small step each time it is asked for one."""
        text = self._held + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _UNFINISHED_MAX))
        self._held = unfinished[0] if unfinished else ""
        at, end = 0, len(text) - len(self._held)
        while at < end:
            if self._string:
                at = self._skip(text, at)
            elif token := _TOKEN.match(text, at, end):
                at = token.end()
                self._obey(token)
            yield

    def _skip(self, text: str, at: int) -> int:
        """Read over a string. What ends it is obeyed, but for the bell."""
        found = _STRING_END.search(text, at)
        end = found.start() if found else len(text)
        if found is None:
            self._string += text[at : min(end, at + STRING_MAX - len(self._string))]
            return end
        self._string = ""
        return end + (found[0] == "\x07")

    def _obey(self, token: re.Match[str]) -> None:
        """Do what a token says."""
        terminal = self.terminal
        if (text := token["text"]) is not None:
            terminal.draw(text)
        elif (control := token["control"]) is not None:
            terminal.control(control)
        elif (function := token["function"]) is not None:
            if parts := _FUNCTION.match(self._bare(function)):
                mark, params, between = parts.groups()
                terminal.function(mark, params, between, token["final"])
        elif (escape := token["escape"]) is not None:
            terminal.escape(self._bare(escape)[1:], token["last"])
        elif (string := token["string"]) is not None:
            self._string = self._bare(string)
        else:  # broken off, by CAN or another sequence
            self._bare(token["broken"])

    def _bare(self, sequence: str) -> str:
        """Obey the controls within a sequence, and give what is left."""
        if not _CONTROLS.search(sequence):
            return sequence
        for control in _CONTROLS.findall(sequence):
            self.terminal.control(control)
        return _CONTROLS.sub("", sequence)

    def paint(self) -> Iterator[bytes]:
        """Give what makes another terminal look so, and behave so, in parts.

        The last part is the beginning of a sequence of which the rest is yet to come.
        """
        yield from (part.encode() for part in paint(self.terminal))
        yield (self._string + self._held).encode() + self._decoder.getstate()[0]
