"""Does the guest show what was sent to it?

An `Echo` reads the guest's output beside the characters that were sent, and moves on through them
as they appear on the guest's current line. It does not emulate a screen. It knows where the cursor
stands relative to the end of what is verified, as long as that can be known, and so tells an echo
from a redraw:

- *Before the end*: text there must repeat what stands there already (zsh and PowerShell repaint a
  word in a new colour).
- *At the end*: text there must be the next characters sent, or a `*` for each, as for a password.
- *Past the end*: text that does not fit. It may be an error (doubled, missing, wrong), a suggestion
  (the cursor comes back over it), blanks up to the margin, or a line from the kernel (a line break
  follows and the echo goes on after it). `misfit` gives it; whether it will be explained is a
  matter of time, and time is not known here.
- *Unknown*, after a line break, a bare CR or an absolute address. The text from there to the next
  move is compared as a whole: it may go on where the line was wrapped, at whatever width, or repeat
  the line with or without its prompt.

Colours, titles and modes are skipped. The echo of Enter is a line break or a move of any kind.
"""

import codecs
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from com1d.core.cursor import Cursor


FOREIGN: Final = 8
"""Characters of other text before an echo is looked for within it. Fewer could be an error in the
echo itself."""

RECOGNISABLE: Final = 4
"""Characters that an echo must have to be found within other text, or any word would do."""

KEPT: Final = 4096
"""Characters of text that does not fit which are kept: some two screens."""

TAB_WIDTH: Final = 8
"""Blanks that a guest may show for one TAB at most."""

_LONGEST_ESCAPE: Final = 256
"""Characters of an unfinished escape sequence that are held: a window title fits."""

_TOKEN: Final = re.compile(
    r"\x1b\[(?P<params>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*(?P<escape>[0-Z\\^-~])"
    r"|(?P<newline>\r*\n)"
    r"|(?P<return>\r+)"
    r"|(?P<back>\x08+)"
    r"|(?P<text>[^\x00-\x08\x0a-\x1f\x7f-\x9f]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[ -/]*)\Z")


class Fault(Enum):
    """What is wrong with an echo."""

    DOUBLED = auto()
    MISSING = auto()
    WRONG = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an echo went wrong."""

    fault: Fault
    at: int
    """Relative to the first unverified character: 0 for that one, less for one before it."""
    seen: str
    """What the guest shows instead."""


class Place(Enum):
    """How the cursor came to where text began that has to be compared as a whole."""

    NEW_LINE = auto()
    ANYWHERE = auto()


class Echo:
    """The echo of one paste. `expect` what is sent, `feed` what the guest prints."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._partial = ""
        self._cursor = Cursor()
        self._line = ""
        self._expected = ""
        self._masked = False
        self._blanks = 0
        self._offset = 0
        self._misfit = ""
        self._place: Place | None = None
        self._run = ""
        self._fits: int | None = None
        self.noise = 0
        """Characters of other text since something was last verified."""

    @property
    def pending(self) -> str:
        """What was sent and is not verified."""
        return self._expected[self._fits or 0 :]

    @property
    def at_line_start(self) -> bool:
        """Whether nothing of the current line is verified."""
        return not self._line and not self._fits

    @property
    def misfit(self) -> str:
        """The text at the cursor that does not fit. Blanks alone fit everywhere."""
        text = self._misfit if self._place is None else self._run if self._fits is None else ""
        return text if text.strip() else ""

    def expect(self, text: str) -> None:
        """Take note of what is being sent: a part of a line, or CR alone.

        At the start of a line, what stands before the cursor is taken to be the prompt.
        """
        if not self._line and not self._expected:
            self._stand(0)
        self._expected += text
        if self._place is not None:
            self._compare()

    def feed(self, data: bytes) -> None:
        """Read what the guest printed, in pieces of any size."""
        text = self._partial + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _LONGEST_ESCAPE))
        self._partial = unfinished[0] if unfinished else ""
        for token in _TOKEN.finditer(text, 0, len(text) - len(self._partial)):
            self._handle(token)

    def verdict(self) -> Verdict:
        """Judge what is there now, when nothing more is to come."""
        pending, text = self.pending, self.misfit
        if self._place is None and self._misfit and self._offset < 0:
            return Verdict(Fault.WRONG, self._offset, text)
        before = self._line[-1:]
        if text and text[0] == before and _agree(text[1:], pending):
            return Verdict(Fault.DOUBLED, -1, text)
        if not text or (len(pending) > 1 and _agree(text, self._as_shown(pending[1:]))):
            return Verdict(Fault.MISSING, 0, text)
        return Verdict(Fault.WRONG, 0, text)

    def _handle(self, token: re.Match[str]) -> None:
        kind = token.lastgroup
        if kind == "text":
            self._print(token[0])
            self._cursor.printed(len(token[0]))
        elif kind == "newline":
            self._break_line()
            self._cursor.new_line(carriage_return="\r" in token[0])
        elif kind == "return":
            self._move(Place.ANYWHERE)
            self._cursor.carriage_return()
        elif kind == "back":
            self._step(-len(token[0]))
        elif kind == "final":
            self._control(token["final"], token["params"])
        elif kind == "escape" and token["escape"] == "8":
            self._move(Place.ANYWHERE)
            self._cursor.lost()

    def _control(self, final: str, params: str) -> None:
        """Follow the cursor; nothing else in a control sequence changes what was echoed."""
        numbers = [int(number) if number.isdigit() else 1 for number in params[:16].split(";")]
        if final in "CD":
            self._step(numbers[0] if final == "C" else -numbers[0])
        elif final in "Hf":
            self._address(numbers[0], (*numbers, 1)[1])
        elif final == "G" and self._cursor.row is not None:
            self._address(self._cursor.row, numbers[0])
        elif final in "ABEFGdu":
            self._move(Place.ANYWHERE)
            self._cursor.lost()
