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

from typing import Final

from com1d.core.paste.alignment import Fit, Place, fit
from com1d.core.paste.delivery import ENTER
from com1d.core.paste.strokes import (
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
from com1d.core.paste.verdict import Fault, Verdict, judge


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


class Echo:
    """The echo of one paste: `expect` what is sent, `feed` what the guest prints."""

    def __init__(self) -> None:
        self.noise = 0
        """Characters of other text since something was last verified."""
        self._strokes = Strokes()
        self._expected = ""
        self._line = ""  # as the guest shows it: perhaps as stars
        self._prompt = ""  # where it is known
        self._masked = False
        self._blanks_left = 0
        self._place = Place.ON_LINE
        self._offset = 0
        self._misfit = ""
        self._run = ""
        self._fit: Fit | None = None
        self._begun = 0  # of what is expected: perhaps shown already, at the head of other text
        self._cell: Cell | None = None
        self._end: Cell | None = None

    @property
    def pending(self) -> str:
        """What was sent and is not verified."""
        return self._expected[self._fit.count if self._fit else 0 :]

    @property
    def at_line_start(self) -> bool:
        """Whether nothing of the current line is verified."""
        return not self._line and not (self._fit and self._fit.count)

    @property
    def masked(self) -> bool:
        """Whether the guest shows stars: what is typed is a secret."""
        return self._masked

    @property
    def misfit(self) -> str:
        """The text at the cursor that does not fit, blanks aside; empty while all is well."""
        if self._place is Place.ON_LINE:
            return self._misfit.rstrip(" ")
        if self._fit:
            return ""
        if self._repainted:
            return self._run.removeprefix(self._prompt + self._line).rstrip(" ")
        return self._run.rstrip(" ") if self._expected else ""

    @property
    def _repainted(self) -> bool:
        """Whether the run begins with the line as it is known, prompt and all."""
        return bool(self._prompt) and self._run.startswith(self._prompt + self._line)

    @property
    def complete(self) -> bool:
        """Whether all that was sent is shown, and not one character of it twice."""
        misfit = self.misfit
        doubled = misfit[:1] == self._line[-1:] and len(misfit) < FOREIGN
        return not self.pending and not (misfit and doubled)

    def expect(self, text: str) -> None:
        """Take note of what is sent: a part of a line, or CR alone when the line is verified.

        At the start of a line, what stands before the cursor is taken to be the prompt. What is
        complete is settled by this; so leave the guest time to finish its first repaint.
        """
        if not self._line and not self._expected:
            self._stand(0)
        elif not self.pending:
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

    def presume(self) -> bool:
        """Take as shown what other text broke in behind, if that can have been all of it.

        Only when nothing more is to come: text that began like the echo may be no echo at all.
        """
        if not self._begun or self._begun < len(self._expected) or self.misfit:
            return False
        self._verify(self._begun, self._as_shown(self._expected))
        return True

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
        self._begun = 0
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
        expected = self._as_shown(self._expected)
        self._fit = fit(
            self._run, expected, line=self._line, prompt=self._prompt, place=self._place
        )
        if not self._fit and self._begun and expected[self._begun :].startswith(self._run):
            self._fit = Fit("", self._begun + len(self._run)) if self._run else None
        if not self._fit and not self._repainted:
            self._run = self._dig(self._run)
        elif self._fit and self._fit.count:
            self.noise = 0

    def _end_run(self) -> None:
        """Settle what the text since the last move was."""
        if self._fit:
            explained = self._fit
            self._learn_prompt(explained.head)
            self._verify(explained.count, self._as_shown(self._expected[: explained.count]))
            self._stand(0)
            self._misfit = " " * explained.margin
        elif self._place is not Place.ON_LINE:
            self._begun += _common(self._run, self._as_shown(self._expected[self._begun :]))
            self._keep(self._run, 0)
            self._run = ""
        if self._place is Place.ON_LINE:
            row, column = self._cell or (0, 0)
            end = row, column - self._offset - len(self._misfit)
            self._end = end if self._cell else None

    def _learn_prompt(self, head: str) -> None:
        """Remember what stands before the line, so that one more character there is noticed."""
        if self._place in (Place.NEW_LINE, Place.ROW_START) and len(head) > len(self._line):
            self._prompt = head.removesuffix(self._line)

    def _move(self, stroke: Stroke) -> None:
        if isinstance(stroke, Step) and self._place is Place.ON_LINE:
            self._seek(self._offset + len(self._misfit) + stroke.columns)
        elif isinstance(stroke, Address):
            self._address(stroke)
        elif self._expected == ENTER and isinstance(stroke, NewLine | Return | Elsewhere):
            self._enter()
        else:
            places = {NewLine: Place.NEW_LINE, Return: Place.ROW_START}
            self._go(places.get(type(stroke), Place.SOMEWHERE))

    def _seek(self, position: int) -> None:
        """Move on the line, to a place relative to the end of what is verified."""
        here = self._offset + len(self._misfit)
        if self._place is Place.ON_LINE and self._offset <= position <= here:
            self._misfit = self._misfit[: position - self._offset]
        elif -len(self._line) <= position <= 0:
            self._stand(position)
        elif self._place is Place.ON_LINE and self._offset == 0 and position > here:
            self._misfit = self._keep(self._misfit + " " * min(position - here, KEPT))
        else:
            self._go(Place.SOMEWHERE)

    def _address(self, to: Address) -> None:
        """Go to a cell: on the line if it is known to be there, or where the line wraps."""
        row = to.row if to.row is not None or self._cell is None else self._cell[0]
        if self._end is not None and row == self._end[0]:
            self._seek(to.column - self._end[1])
        elif self._expected == ENTER and row is not None:
            self._enter()
        elif self._end is not None and (row, to.column) == (self._end[0] + 1, 1):
            self._stand(0)
        else:
            self._go(Place.SOMEWHERE)

    def _enter(self) -> None:
        self._verify(1, "")
        self._line = self._prompt = ""
        self._masked = False
        self._stand(0)

    def _stand(self, offset: int) -> None:
        """Be on the line, `offset` from the end of what is verified."""
        self._keep(self._misfit, 0)
        self._place, self._offset = Place.ON_LINE, offset
        self._misfit = self._run = ""
        self._fit, self._blanks_left = None, 0

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
