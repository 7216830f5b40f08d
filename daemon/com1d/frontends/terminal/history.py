"""What a console printed before, to scroll through and to search: keys in, a page out."""

from collections.abc import Sequence
from typing import Final

from com1d.frontends.terminal.overlay import cut
from com1d.frontends.words.clock import local
from com1d.frontends.words.lines import Shown


_KEYS: Final = {
    **dict.fromkeys((b"\x1b[A", b"\x1bOA", b"k", b"\x10"), "up"),
    **dict.fromkeys((b"\x1b[B", b"\x1bOB", b"j", b"\x0e", b"\r", b"\n"), "down"),
    **dict.fromkeys((b"\x1b[5~", b"b", b"\x02"), "page up"),
    **dict.fromkeys((b"\x1b[6~", b" ", b"f", b"\x06"), "page down"),
    **dict.fromkeys((b"\x1b[H", b"\x1b[1~", b"\x1bOH", b"g", b"<"), "first"),
    **dict.fromkeys((b"\x1b[F", b"\x1b[4~", b"\x1bOF", b"G", b">"), "last"),
    **dict.fromkeys((b"q", b"Q", b"\x1b", b"\x03"), "leave"),
    b"/": "search", b"?": "search", b"n": "older", b"N": "newer", b"t": "times",
}  # fmt: skip
"""As in `less`, but that `/` looks back: what is looked for happened before."""

_FAR: Final = 1 << 30
"""Lines: more than there are."""
_STEPS: Final = {
    "up": (-1, 0), "down": (1, 0), "page up": (0, -1), "page down": (0, 1),
    "first": (-_FAR, 0), "last": (_FAR, 0),
}  # fmt: skip
"""How many lines and pages a key moves."""

_WAYS: Final = "q leaves, / n N search, PgUp PgDn, g G, t times"
"""The way out comes first: what is too long for the terminal ends there."""
_LEAST: Final = " | q leaves"


class History:
    """The page and its place."""

    def __init__(self, name: str, lines: Sequence[Shown], size: tuple[int, int]) -> None:
        """Show the end of `lines`, on so many rows and columns."""
        self.left = False
        """Whether the user has left."""
        self._name = name
        self._lines = lines
        self._rows, self._columns = size
        self._top = self._last_top
        self._times = False
        self._sought = ""
        self._typed: str | None = None
        """What is typed to be looked for; None while nothing is asked."""
        self._found: int | None = None
        self._said = ""

    @property
    def _height(self) -> int:
        return max(1, self._rows - 1)

    @property
    def _last_top(self) -> int:
        return max(0, len(self._lines) - self._height)

    def search(self, text: str) -> None:
        """Go to the last line with `text`, of which capitals do not matter."""
        self._sought, self._found = text, None
        self._seek(-1)

    def resize(self, size: tuple[int, int]) -> None:
        """Take the terminal's new size."""
        self._rows, self._columns = size
        self._top = min(self._top, self._last_top)

    def handle(self, key: bytes) -> None:
        """Take one key."""
        self._said = ""
        if self._typed is not None:
            self._type(key)
            return
        doing = _KEYS.get(key, "")
        if doing in _STEPS:
            lines, pages = _STEPS[doing]
            self._move(lines + pages * self._height)
            return
        match doing:
            case "search":
                self._typed = ""
            case "older":
                self._seek(-1)
            case "newer":
                self._seek(1)
            case "times":
                self._times = not self._times
            case "leave":
                self.left = True
            case _:
                self._said = f"no such key here: {_WAYS}"

    def _type(self, key: bytes) -> None:
        text = self._typed or ""
        if key in (b"\r", b"\n"):
            self._typed = None
            if text:
                self.search(text)
        elif key in (b"\x7f", b"\b"):
            self._typed = text[:-1]
        elif key[0] < ord(" "):
            self._typed = None
        else:
            self._typed = text + key.decode(errors="ignore")

    def _move(self, rows: int) -> None:
        self._top = max(0, min(self._top + rows, self._last_top))

    def _seek(self, step: int) -> None:
        """Go to the next line that has what is looked for, and put it into the page's middle."""
        if not self._sought:
            self._said = "nothing is looked for: / asks"
            return
        sought, end = self._sought.lower(), len(self._lines)
        start = (end if step < 0 else -1) if self._found is None else self._found
        for number in range(start + step, -1 if step < 0 else end, step):
            if sought in self._lines[number].text.lower():
                self._found = number
                self._top = max(0, min(number - self._height // 2, self._last_top))
                return
        self._said = f"no {'earlier' if step < 0 else 'later'} line has {self._sought!r}"

    def render(self) -> bytes:
        """Give the page as bytes for the terminal."""
        shown = self._lines[self._top : self._top + self._height]
        rows = [self._row(self._top + place, line) for place, line in enumerate(shown)]
        rows += ["~"] * (self._height - len(rows))
        body = "".join(f"\x1b[{at};1H\x1b[2K{row}" for at, row in enumerate(rows, start=1))
        [foot] = cut([self._foot()], self._columns)
        return f"{body}\x1b[{self._rows};1H\x1b[2K\x1b[7m{foot}\x1b[27m".encode()

    def _row(self, number: int, line: Shown) -> str:
        text = f"{local(line.at)} {line.text}" if self._times else line.text
        [text] = cut([text], self._columns)
        return f"\x1b[7m{text}\x1b[27m" if number == self._found else text

    def _foot(self) -> str:
        if self._typed is not None:
            return f"search back for: {self._typed}_"
        if self._said:
            return self._said
        end = min(self._top + self._height, len(self._lines))
        at = local(self._lines[end - 1].at) if self._lines else "nothing was printed"
        place = f"{self._name}: line {end} of {len(self._lines)}, {at}"
        return f"{place[: max(0, self._columns - 1 - len(_LEAST))]} | {_WAYS}"
