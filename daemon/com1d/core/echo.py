"""Whether the guest shows what was sent to it.

An `Echo` reads the guest's output beside the characters that were sent, and moves on through them
as they appear on the guest's current line. It emulates no screen. It knows where the cursor stands
relative to the end of what is verified, as long as that can be known, and so tells an echo from a
redraw:

- *Before the end*, text must repeat what stands there already: zsh and PowerShell repaint a word
  in a new colour.
- *At the end*, it must be the next characters sent, or a `*` for each, as for a password.
- *Past the end*, it does not fit: a doubled, missing or wrong character, but perhaps only a
  suggestion (the cursor comes back over it), blanks up to the margin, or a line from the kernel (a
  line break follows, and then the echo goes on). `misfit` gives it. Whether it will explain itself
  is a matter of time, of which nothing is known here.
- *Somewhere*, that is after a line break, a bare CR or an unexpected address, the text up to the
  next move is compared as a whole: it may go on with the line, wrapped at whatever width, or repeat
  the line with or without its prompt.

The echo of Enter is a line break, or a move away from the line.
"""

from enum import Enum, auto
from typing import Final

from com1d.core.delivery import ENTER
from com1d.core.strokes import (
    Address,
    Cell,
    Elsewhere,
    NewLine,
    Return,
    Step,
    Stroke,
    Strokes,
    Text,
    cell_after,
    moves,
)
from com1d.core.verdict import Fault, Verdict, judge


FOREIGN: Final = 8
"""Characters of other text that must come before an echo found within it: fewer could be an error
in the echo itself."""

RECOGNISABLE: Final = 4
"""Characters that an echo must have to be found within other text, or any word would do."""

KEPT: Final = 4096
"""Characters of other text that are kept to look for the echo in: some two screens."""

BUSY: Final = 512
"""Moves of the cursor in one piece of output that are followed, in about 3 ms: twenty redrawn
screens. With more than that it is a flood, through which the echo is looked for as a whole."""

TAB_WIDTH: Final = 8
"""Blanks that a guest shows for one TAB at most."""


class Place(Enum):
    """Where the cursor is."""

    ON_LINE = auto()
    """At a known distance from the end of what is verified."""
    NEW_LINE = auto()
    """After a line break that is not the echo of Enter."""
    SOMEWHERE = auto()


class Echo:
    """The echo of one paste: `expect` what is sent, `feed` what the guest prints."""

    def __init__(self) -> None:
        self.noise = 0
        """Characters of other text since something was last verified."""
        self._strokes = Strokes()
        self._expected = ""
        self._line = ""  # as the guest shows it: perhaps as stars
        self._masked = False
        self._blanks_left = 0
        self._place = Place.ON_LINE
        self._offset = 0
        self._misfit = ""
        self._run = ""
        self._fits: int | None = None
        self._cell: Cell | None = None
        self._end: Cell | None = None

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
        """The text at the cursor that does not fit, blanks aside; empty while all is well."""
        if self._place is Place.ON_LINE:
            return self._misfit.rstrip(" ")
        return self._run.rstrip(" ") if self._fits is None and self._expected else ""

    @property
    def complete(self) -> bool:
        """Whether all that was sent is shown, and not one character of it twice."""
        misfit = self.misfit
        doubled = misfit[:1] == self._line[-1:] and len(misfit) < FOREIGN
        return not self.pending and not (misfit and doubled)

    def expect(self, text: str) -> None:
        """Take note of what is sent: a part of a line, or CR alone when the line is verified.

        At the start of a line, what stands before the cursor is taken to be the prompt.
        """
        if not self._line and not self._expected:
            self._stand(0)
        elif self._cell is not None and not self.pending:
            self._end_run()
        self._expected += text
        if self._place is not Place.ON_LINE:
            self._compare()

    def feed(self, data: bytes) -> None:
        """Read what the guest printed, in pieces of any size."""
        if moves(data) > BUSY:
            self._skim(data)
            return
        for stroke in self._strokes.read(data):
            if isinstance(stroke, Text):
                self._show(stroke.text)
            else:
                self._end_run()
                self._move(stroke)
            self._cell = cell_after(self._cell, stroke)

    def verdict(self) -> Verdict:
        """Judge what is there, when nothing more is to come."""
        if self._place is Place.ON_LINE and self.misfit and self._offset < 0:
            return Verdict(Fault.WRONG, self._offset, self.misfit)
        return judge(self.misfit, self._as_shown(self.pending), self._line[-1:])

    def _show(self, text: str) -> None:
        if self._place is not Place.ON_LINE:
            self._run = self._keep(self._run + text)
            self._compare()
            return
        if self._offset < 0 and not self._misfit:
            text = self._repeat(text)
        if text and not self._misfit and self._offset == 0:
            text = self._advance(text)
        if text:
            self._misfit = self._keep(self._misfit + text)
            self._misfit = self._dig(self._misfit)

    def _skim(self, data: bytes) -> None:
        """Look through a flood for the echo as a whole."""
        self._end_run()
        rest = self._dig(self._strokes.skim(data))
        self._keep(rest, 0)
        self._go(Place.SOMEWHERE)
        self._cell = None

    def _repeat(self, text: str) -> str:
        """Go over what stands on the line already, and give the rest."""
        there = self._line[self._offset :]
        same = _common(text, there)
        self._offset += same
        return text[same:]

    def _advance(self, text: str) -> str:
        """Verify as much as the text shows, and give the rest of it."""
        if not self._line and self._expected and text[0] == "*" != self._expected[0]:
            self._masked = True
        shown = taken = 0
        while shown < len(text):
            wanted = self._as_shown(self._expected[taken : taken + 1])
            if text[shown] == wanted:
                self._blanks_left = 0
                taken += 1
            elif text[shown] == " " and wanted == "\t":
                self._blanks_left = TAB_WIDTH - 1
                taken += 1
            elif text[shown] == " " and self._blanks_left:
                self._blanks_left -= 1
            else:
                break
            shown += 1
        self._verify(taken, text[:shown])
        return text[shown:]

    def _verify(self, count: int, shown: str) -> None:
        self._line += shown
        self._expected = self._expected[count:]
        if count:
            self.noise = 0

    def _dig(self, text: str) -> str:
        """Look for the whole echo within other text, and give what comes after it."""
        pending = self._as_shown(self._expected)
        if len(pending) < RECOGNISABLE or (at := text.find(pending, FOREIGN)) < 0:
            return text
        self._verify(len(pending), pending)
        self._offset = 0
        return text[at + len(pending) :]

    def _compare(self) -> None:
        """Find how much of what is expected the run shows, if it has to do with the line at all."""
        if not self._line:
            self._masked = set(self._run) == {"*"} and not self._expected.startswith("*")
        self._fits = self._fit(self._run)
        if self._fits is None and self._run.endswith(" "):
            self._fits = self._fit(self._run.rstrip(" "))
        if self._fits is None:
            self._run = self._dig(self._run)
        elif self._fits:
            self.noise = 0

    def _fit(self, run: str) -> int | None:
        expected = self._as_shown(self._expected)
        for count in range(min(len(expected), len(run)), -1, -1):
            head = run[: len(run) - count]
            if run.endswith(expected[:count]) and self._goes_before(head, count):
                return count
        return None

    def _goes_before(self, head: str, count: int) -> bool:
        """Tell whether `head` can stand before `count` expected characters in one run."""
        if not head:
            return count > 0
        if not self._line:
            return 0 < count == len(self._expected)
        if self._place is Place.SOMEWHERE and self._line.endswith(head):
            return True
        return head.endswith(self._line)

    def _end_run(self) -> None:
        """Settle what the text since the last move was."""
        if self._place is Place.ON_LINE:
            if self._cell is not None:
                row, column = self._cell
                self._end = row, column - self._offset - len(self._misfit)
            else:
                self._end = None
        elif self._fits is not None:
            self._verify(self._fits, self._as_shown(self._expected[: self._fits]))
            self._stand(0)
            self._end = self._cell
        else:
            self._keep(self._run, 0)
            self._run = ""

    def _move(self, stroke: Stroke) -> None:
        if isinstance(stroke, Step) and self._place is Place.ON_LINE:
            self._step(stroke.columns)
        elif isinstance(stroke, Address):
            self._address(stroke)
        elif self._expected == ENTER and isinstance(stroke, NewLine | Return | Elsewhere):
            self._enter()
        else:
            self._go(Place.NEW_LINE if isinstance(stroke, NewLine) else Place.SOMEWHERE)

    def _step(self, columns: int) -> None:
        """Move on the line: back over what does not fit, or over the line itself."""
        position = self._offset + len(self._misfit) + columns
        if self._offset <= position < self._offset + len(self._misfit):
            self._misfit = self._misfit[: position - self._offset]
        elif -len(self._line) <= position <= 0:
            self._stand(position)
        elif columns > 0 and self._offset == 0:
            self._misfit = self._keep(self._misfit + " " * min(columns, KEPT))
        else:
            self._go(Place.SOMEWHERE)

    def _address(self, to: Address) -> None:
        """Go to a cell: on the line if it is known to be there, or where the line wraps."""
        row = to.row if to.row is not None or self._cell is None else self._cell[0]
        if self._end is not None and row == self._end[0]:
            offset = to.column - self._end[1]
            if -len(self._line) <= offset <= 0:
                self._stand(offset)
                return
        elif self._expected == ENTER and row is not None:
            self._enter()
            return
        elif self._end is not None and (row, to.column) == (self._end[0] + 1, 1):
            self._stand(0)
            return
        self._go(Place.SOMEWHERE)

    def _enter(self) -> None:
        self._verify(1, "")
        self._line, self._masked = "", False
        self._stand(0)

    def _stand(self, offset: int) -> None:
        """Be on the line, `offset` from the end of what is verified."""
        self._keep(self._misfit, 0)
        self._place, self._offset = Place.ON_LINE, offset
        self._misfit = self._run = ""
        self._fits, self._blanks_left = None, 0

    def _go(self, place: Place) -> None:
        self._stand(0)
        self._place = place

    def _keep(self, text: str, limit: int = KEPT) -> str:
        """Give the last `limit` characters of other text, and count what goes as noise."""
        kept = text[len(text) - min(limit, len(text)) :]
        self.noise += len(text) - len(kept)
        return kept

    def _as_shown(self, text: str) -> str:
        return "*" * len(text) if self._masked else text


def _common(one: str, other: str) -> int:
    """Count the characters that both begin with."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))
