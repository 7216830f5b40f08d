"""Strokes of the guest's cursor: text, and the moves between.

This is all that following an echo needs of a terminal: colours, erasing, modes, titles and queries
move nothing and are left out. Sequences may be split anywhere.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from com1d.core.carried import carried
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Characters shown at the cursor. A TAB is one of them."""

    text: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """LF, with any CR before it."""


@dataclass(frozen=True, slots=True)
class Return:
    """A CR that no LF has followed yet."""


@dataclass(frozen=True, slots=True)
class Step:
    """Move on the line, to the left if negative."""

    columns: int


@dataclass(frozen=True, slots=True)
class Address:
    """Go to a cell. Both count from 1; without a row it is the row where the cursor is."""

    row: int | None
    column: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Go to a place that the sequence alone does not give."""


Stroke: TypeAlias = Text | NewLine | Return | Step | Address | Jump

_LONGEST_ESCAPE: Final = 256
"""Characters of an unfinished escape sequence that are held: a window title fits."""

_LONGEST_NUMBERS: Final = 16
"""Characters of a control sequence's numbers that are read: `9999;9999` is a far corner."""

_TOKEN: Final = re.compile(
    r"(?P<text>[^\x00-\x08\x0a-\x1f\x7f-\x9f]+)"
    r"|(?P<newline>\r*\n)"
    r"|(?P<return>\r+)"
    r"|(?P<back>\x08+)"
    r"|\x1b\[(?P<numbers>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|(?P<restore>\x1b8)"
    r"|\x1b[ -/]*[0-Z\\^-~]"
    r"|.",
    re.DOTALL,
)
_CONTROLS: Final = bytes((*range(9), *range(10, 32), 127, 0xC2))
"""TAB is text. 0xC2 begins the C1 controls in UTF-8, which divide text as the others do."""
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[ -/]*)\Z")


@carried()
class Strokes:
    """Reads a guest's output into strokes."""

    __slots__ = ("_partial", "_split")

    def __init__(self) -> None:
        self._split = b""
        """The beginning of a character whose rest has not come."""
        self._partial = ""

    def read(self, data: bytes) -> Iterator[Stroke]:
        """Give the strokes in the next piece of output. Read them all before the next piece."""
        text = self._partial + self._decoded(data)
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _LONGEST_ESCAPE))
        self._partial = unfinished[0] if unfinished else ""
        for token in _TOKEN.finditer(text, 0, len(text) - len(self._partial)):
            if (stroke := _stroke(token)) is not None:
                yield stroke

    def skim(self, data: bytes) -> str:
        """Give the next piece of output as mere text: a hundred times faster, and no moves."""
        text, self._partial = self._partial + self._decoded(data), ""
        return text

    def _decoded(self, data: bytes) -> str:
        data = self._split + data
        text, length = codecs.utf_8_decode(data, "replace", False)  # noqa: FBT003 - by position
        self._split = data[length:]
        return text


def moves(data: bytes) -> int:
    """Count what can be a control character, which all strokes end at: the effort of reading."""
    return len(data) - len(data.translate(None, _CONTROLS))


_FIXED: Final[dict[str, Stroke]] = {
    "newline": NewLine(),
    "return": Return(),
    "restore": Jump(),
}


def _stroke(token: re.Match[str]) -> Stroke | None:
    match token.lastgroup:
        case "text":
            return Text(token[0])
        case "back":
            return Step(-len(token[0]))
        case "final":
            return _control(token["final"], token["numbers"][:_LONGEST_NUMBERS].split(";"))
        case kind:
            return _FIXED.get(kind or "")


def _control(final: str, numbers: list[str]) -> Stroke | None:
    first, second = (int(n) if n.isdecimal() and n != "0" else 1 for n in [*numbers, ""][:2])
    match final:
        case "C" | "D":
            return Step(first if final == "C" else -first)
        case "G":
            return Address(None, first)
        case "H" | "f":
            return Address(first, second)
        case "A" | "B" | "E" | "F" | "d" | "u":
            return Jump()
    return None


Cell: TypeAlias = tuple[int, int]
"""Row and column, from 1."""


def cell_after(cell: Cell | None, stroke: Stroke) -> Cell | None:
    """Give the cell that the cursor is in after a stroke, or `None` where that is not known.

    The width of the guest's screen is not known, so neither is where it wraps by itself.
    """
    if isinstance(stroke, Address) and stroke.row is not None:
        return stroke.row, stroke.column
    if cell is None or isinstance(stroke, Jump):
        return None
    row, column = cell
    match stroke:
        case Text(text):
            column += len(text)
        case Step(columns):
            column = max(1, column + columns)
        case Address():
            column = stroke.column
        case NewLine():
            row, column = row + 1, 1
        case _:
            column = 1
    return row, column
