"""From a stream of bytes to what a terminal shows, and from there to another terminal."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import Final

from com1d.core.screen.paint import paint
from com1d.core.screen.screen import COLUMNS, ROWS, Screen


READ_MAX: Final = 65536
"""The newest bytes of a stream that a screen is computed from: six seconds of line rate, and more
than thirty screens full of text."""

LONGEST_STRING: Final = 4096
"""Characters of a string, such as a window's title, before it is taken for text."""

_REACH: Final = LONGEST_STRING + 8
"""Characters from the end back to the beginning of a string that is not finished."""

_TEXT_MAX: Final = 64
"""Characters drawn in one step."""

_TOKEN: Final = re.compile(
    rf"""(?P<text>[^\x00-\x1f\x7f-\x9f]{{1,{_TEXT_MAX}}})
    |\x1b\[(?P<mark>[<-?]?)(?P<params>[0-9;:]{{0,64}})(?P<between>[ -/]{{0,4}})(?P<final>[@-~])
    |\x1b[]PX^_][^\x07\x18\x1a\x1b]{{0,{LONGEST_STRING}}}(?:[\x07\x18\x1a]|\x1b\\|(?=\x1b[^\\]|\Z))
    |\x1b(?P<set>[()])(?P<code>[0-~])
    |\x1b[ -/]{{1,4}}[0-~]
    |\x1b(?P<escape>[0-Z\\^-~])
    |(?P<control>[\x00-\x1f\x7f-\x9f])""",
    re.VERBOSE,
)
_BEGINNING: Final = re.compile(rb"\n|(?=\x1b)")
_UNFINISHED: Final = re.compile(
    r"\x1b(?:\[[<-?]?[0-9;:]{0,64}[ -/]{0,4}"
    rf"|[]PX^_][^\x07\x18\x1a\x1b]{{0,{LONGEST_STRING}}}\x1b?|[ -/]{{0,4}})\Z"
)


def beginning(data: bytes) -> int:
    """Tell where to begin reading a stream that is cut off in front: in no line or sequence."""
    found = _BEGINNING.search(data, 0, LONGEST_STRING)
    return found.end() if found else 0


class Emulator:
    """A terminal without a user."""

    def __init__(self, rows: int = ROWS, columns: int = COLUMNS) -> None:
        self._screen = Screen(columns, rows)
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def read(self, data: bytes) -> Iterator[None]:
        """Take the next bytes, a small step each time it is asked for one."""
        text = self._held + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _REACH))
        self._held = unfinished[0] if unfinished else ""
        for token in _TOKEN.finditer(text, 0, len(text) - len(self._held)):
            self._screen.obey(token)
            yield

    def paint(self) -> Iterator[bytes]:
        """Give what makes another terminal look so, and behave so, in parts.

        The last part is the beginning of a sequence of which the rest is yet to come.
        """
        yield from (part.encode() for part in paint(self._screen))
        yield self._held.encode() + self._decoder.getstate()[0]
