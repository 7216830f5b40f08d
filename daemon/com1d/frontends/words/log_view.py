"""Views of a boot diagnostics log: as it is, as safe text, by lines, or for programs."""

import json
import re
from collections import deque
from collections.abc import Iterable

from com1d.frontends.words.lines import Lines, Shown
from com1d.frontends.words.visible import visible
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """The options of `com1 log` that choose the view."""

    raw: bool = False
    """The guest's bytes, and nothing else."""
    timestamps: bool = False
    grep: re.Pattern[str] | None = None
    """Only the lines in which this is found."""
    as_json: bool = False
    """A JSON object a line."""
    tail: int | None = None
    """The number of last lines to show, as they are shown; None for all."""


class LogView:
    """Turns pieces of a log into what is printed."""

    def __init__(self, style: Style) -> None:
        """Begin at the beginning of a line."""
        self.matched = False
        """Whether a line was found; always true where none is looked for."""
        self.empty = True
        """Whether nothing was fed."""
        self.line_feeds = 0
        """Line feeds in the bytes that were fed."""
        self._style = style
        self._lines = Lines()
        self._tail: deque[Shown | str] | None = None
        """Lines and notes held back until it is known which are the last ones."""
        if style.tail is not None and not style.raw:
            self._tail = deque(maxlen=style.tail)

    @property
    def speaks(self) -> bool:
        """Whether notes about the log may be printed between its lines."""
        return not self._style.raw and self._style.grep is None

    def lacks(self) -> bool:
        """Tell whether all that was fed has fewer lines than the user wants."""
        self.settle(whole=True)
        return self._tail is not None and len(self._tail) < (self._tail.maxlen or 0)

    def feed(self, data: bytes, at: str, offset: int) -> bytes:
        """Show what the guest printed from `offset` on, `at` a time in RFC 3339."""
        self.empty = self.empty and not data
        if self._style.raw:
            return data
        self.line_feeds += data.count(b"\n")
        return self._show(self._lines.feed(data, at, offset))

    def settle(self, *, whole: bool) -> bytes:
        """Show what may still change; where not `whole`, all but the line that is being written.

        A line that does change is shown again.
        """
        return b"" if self._style.raw else self._show(self._lines.settle(whole=whole))

    def finish(self) -> bytes:
        """Show what is left, since what follows does not continue it."""
        if self._style.raw:
            return b""
        shown = self._show(self._lines.finish())
        self._lines = Lines()
        return shown

    def release(self) -> bytes:
        """Show the lines that were held back, and hold no more."""
        held, self._tail = self._tail or (), None
        return self._show(held)

    def say(self, text: str) -> bytes:
        """Print a note about the log on a line of its own. Only where it `speaks`."""
        return self.finish() + self._show([text])

    def _show(self, lines: Iterable[Shown | str]) -> bytes:
        if self._tail is not None:
            self._tail.extend(lines)
            return b""
        return "".join(map(self._line, lines)).encode()

    def _line(self, line: Shown | str) -> str:
        style = self._style
        if isinstance(line, str):
            note = json.dumps({"note": line}) if style.as_json else f"[com1: {visible(line)}]"
            return f"{note}\n"
        if style.grep is not None and not style.grep.search(line.text):
            return ""
        self.matched = True
        if style.as_json:
            return json.dumps(line._asdict()) + "\n"
        return f"{line.at} {line.text}\n" if style.timestamps else f"{line.text}\n"
