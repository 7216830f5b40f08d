"""The guest's echo: whether it shows what was sent to it.

An `Echo` reads the guest's output beside the characters that were sent, and moves on through them
as they appear on the guest's current line. It emulates no screen. It knows where the cursor stands
relative to the end of what is verified, as long as that can be known, and so tells an echo from a
redraw:

- *Before the end*, text must repeat what stands there already: zsh and PowerShell repaint a word in
a new colour. - *At the end*, it must be the next characters sent, or a `*` for each, as for a
password. - *Past the end*, it does not fit: a doubled, missing or wrong character, but perhaps only
a suggestion (the cursor comes back over it), blanks up to the margin, or a line from the kernel (a
line break follows, and then the echo goes on). `misfit` gives it. Whether that resolves itself
depends on time, which is not measured here. - *Somewhere*, that is after a line break, a bare CR or
an unexpected address, the text up to the next move is compared as a whole: it may go on with the
line, wrapped at whatever width, or repeat the line with or without its prompt.

The echo of Enter is a line break, or a move away from the line.

`cursor` has these as two states with a diagram: *on the line* (the first three) and *elsewhere*.
What a guest prints costs a bounded number of steps for each move, and text is compared once for
each piece of it or move: colours between its characters do not divide it.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from com1d.core.carried import carried
from com1d.core.paste.alignment import Place
from com1d.core.paste.cursor import EchoState, OnLine
from com1d.core.paste.delivery import ENTER
from com1d.core.paste.sent_line import FOREIGN, SentLine
from com1d.core.paste.strokes import (
    Address,
    Cell,
    Jump,
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


BUSY: Final = 512
"""Moves of the cursor in one piece of output that are followed, in about 3 ms: twenty redrawn
screens. With more than that it is a flood, through which the echo is looked for as a whole."""

PLACES: Final[dict[type[Stroke], Place]] = {NewLine: Place.NEW_LINE, Return: Place.ROW_START}
"""The place of the cursor after a stroke that does not give a position."""


@carried()
class Echo:
    """The echo of one paste: `expect` what is sent, `feed` what the guest prints."""

    __slots__ = ("_cell", "_end", "_line", "_state", "_strokes")

    def __init__(self) -> None:
        self._strokes = Strokes()
        self._line = SentLine()
        self._state: EchoState = OnLine(self._line)
        self._cell: Cell | None = None
        self._end: Cell | None = None

    @property
    def noise(self) -> int:
        """Characters of other text since something was last verified."""
        return self._line.noise

    @property
    def pending(self) -> str:
        """What was sent and is not verified."""
        return self._line.expected[self._state.shown :]

    @property
    def at_line_start(self) -> bool:
        """Whether nothing of the current line is verified."""
        return not self._line.text and not self._state.shown

    @property
    def masked(self) -> bool:
        """Whether the guest shows stars: what is typed is a secret."""
        return self._line.masked

    @property
    def misfit(self) -> str:
        """The text at the cursor that does not fit, blanks aside; empty while all is well."""
        return self._state.misfit

    @property
    def complete(self) -> bool:
        """Whether all that was sent is shown, and not one character of it twice."""
        misfit = self.misfit
        doubled = misfit[:1] == self._line.text[-1:] and len(misfit) < FOREIGN
        return not self.pending and not (misfit and doubled)

    def expect(self, text: str) -> None:
        """Take note of what is sent: a part of a line, or CR alone when the line is verified.

        At the start of a line, what stands before the cursor is taken to be the prompt. What is
        complete is settled by this; so leave the guest time to finish its first repaint.
        """
        if not self._line.text and not self._line.expected:
            self._state.leave()
            self._state = OnLine(self._line)
        elif not self.pending:
            self._end_run()
        self._line.expected += text
        self._state.expected_more()

    def feed(self, data: bytes) -> None:
        """Read what the guest printed, in pieces of any size."""
        if moves(data) > BUSY:
            self._skim(data)
            return
        for stroke in _joined(self._strokes.read(data)):
            if isinstance(stroke, Text):
                self._state.show(stroke.text)
            else:
                self._end_run()
                self._move(stroke)
            self._cell = cell_after(self._cell, stroke)

    def presume(self) -> bool:
        """Take the rest as shown where other text interrupted an echo that can have been complete.

        To be called only when nothing more will come, since text that began like the echo may be
        none.
        """
        line = self._line
        if not line.begun or line.begun < len(line.expected) or self.misfit:
            return False
        line.verify(line.begun, line.shown)
        return True

    def verdict(self) -> Verdict:
        """Judge the echo when nothing more will come."""
        misfit, at = self.misfit, self._state.wrong_at
        if misfit and at < 0:
            return Verdict(Fault.WRONG, at, misfit)
        return judge(misfit, self._line.shown[self._state.shown :], self._line.text[-1:])

    def _skim(self, data: bytes) -> None:
        """Look through a flood for the echo as a whole."""
        self._end_run()
        self._line.noise += len(self._line.dig(self._strokes.skim(data)))
        self._state = self._state.move(Place.SOMEWHERE)
        self._cell = None

    def _end_run(self) -> None:
        """Settle what the text since the last move was, and where the verified text ends."""
        self._state = self._state.end()
        if isinstance(self._state, OnLine):
            cell = self._cell
            self._end = (cell[0], cell[1] - self._state.position) if cell else None

    def _move(self, stroke: Stroke) -> None:
        if isinstance(stroke, Address):
            self._address(stroke)
        elif isinstance(stroke, Step) and isinstance(self._state, OnLine):
            self._state = self._state.move(self._state.position + stroke.columns)
        elif self._line.expected == ENTER and isinstance(stroke, NewLine | Return | Jump):
            self._enter()
        else:
            self._state = self._state.move(PLACES.get(type(stroke), Place.SOMEWHERE))

    def _address(self, to: Address) -> None:
        """Go to a cell: on the line if it is known to be there, or where the line wraps."""
        row = to.row if to.row is not None or self._cell is None else self._cell[0]
        if self._end is not None and row == self._end[0]:
            self._state = self._state.move(to.column - self._end[1])
        elif self._line.expected == ENTER and row is not None:
            self._enter()
        elif self._end is not None and (row, to.column) == (self._end[0] + 1, 1):
            self._state.leave()
            self._state = OnLine(self._line)
        else:
            self._state = self._state.move(Place.SOMEWHERE)

    def _enter(self) -> None:
        self._line.enter()
        self._state.leave()
        self._state = OnLine(self._line)


def _joined(strokes: Iterator[Stroke]) -> Iterator[Stroke]:
    """Put texts together between which nothing moved."""
    for is_text, together in groupby(strokes, lambda stroke: isinstance(stroke, Text)):
        if is_text:
            yield Text("".join(stroke.text for stroke in together if isinstance(stroke, Text)))
        else:
            yield from together
