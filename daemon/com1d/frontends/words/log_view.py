"""How a boot diagnostics log is shown: as it is, as safe text, by lines, or for programs."""

import json
import re
from dataclasses import dataclass
from typing import Final

from com1d.frontends.words.visible import Readable, visible


LINE_MAX: Final = 65536
"""Characters of a line that are held until its end; a guest may never end one."""


@dataclass(frozen=True, slots=True)
class Style:
    """What the user asked for."""

    raw: bool = False
    """The guest's bytes, and nothing else."""
    timestamps: bool = False
    grep: re.Pattern[str] | None = None
    """Only the lines in which this is found."""
    as_json: bool = False
    """A JSON object a line."""


class LogView:
    """Turns pieces of a log into what is printed."""

    def __init__(self, style: Style) -> None:
        """Begin at the beginning of a line."""
        self.matched = False
        """Whether a line was found; always true where none is looked for."""
        self._style = style
        self._text = Readable()
        self._by_line = style.as_json or style.grep is not None
        self._line = ""
        """The line so far, where lines are held; else whatever shows that one has begun."""
        self._at = ""
        self._offset = 0
        self._newest = ("", 0)
        """Time and offset of the newest piece."""

    @property
    def speaks(self) -> bool:
        """Whether what is said about the log may stand within it."""
        return not self._style.raw and self._style.grep is None

    def feed(self, data: bytes, at: str, offset: int) -> bytes:
        """Show what the guest printed from `offset` on, `at` a time in RFC 3339."""
        if self._style.raw:
            return data
        self._newest = (at, offset)
        return self._show(self._text.feed(data), at, offset).encode()

    def finish(self) -> bytes:
        """Show what is left when there is no more."""
        if self._style.raw:
            return b""
        shown = self._show(self._text.finish(), *self._newest)
        if self._by_line and self._line:
            shown += self._end_line()
        self._text = Readable()
        return shown.encode()

    def say(self, text: str) -> bytes:
        """Say something about the log, on a line of its own. Only where it `speaks`."""
        before = self.finish()
        if self._style.as_json:
            return before + json.dumps({"note": text}).encode() + b"\n"
        if self._line:
            before, self._line = before + b"\n", ""
        return before + f"[com1: {visible(text)}]\n".encode()

    def _show(self, text: str, at: str, offset: int) -> str:
        if not (self._by_line or self._style.timestamps):
            self._line = (self._line + text).rpartition("\n")[2][-1:]
            return text
        return "".join(self._part(part, at, offset) for part in re.findall("[^\n]*\n|[^\n]+", text))

    def _part(self, part: str, at: str, offset: int) -> str:
        """Show a line, or a part of one."""
        begins = not self._line
        if begins:
            self._at, self._offset = at, offset
        ends = part.endswith("\n")
        if not self._by_line:
            self._line = "" if ends else "begun"
            return f"{at} {part}" if begins else part
        self._line += part
        return self._end_line() if ends or len(self._line) > LINE_MAX else ""

    def _end_line(self) -> str:
        line, self._line = self._line.removesuffix("\n"), ""
        style = self._style
        if style.grep is not None and not style.grep.search(line):
            return ""
        self.matched = True
        if style.as_json:
            return json.dumps({"at": self._at, "offset": self._offset, "text": line}) + "\n"
        return f"{self._at} {line}\n" if style.timestamps else f"{line}\n"
