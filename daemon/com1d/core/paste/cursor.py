"""Where the guest's cursor is while it echoes a line, as the two states of an echo.

                  text: repeats, advances, or misfits
                    +------+
                    v      |
    expect ------> OnLine -+--- line break, CR, or a move off the line ---+
                    ^   ^                                                 v
                    |   +-- a move to a known place on the line --- Elsewhere <--+
                    |                                                |    |      |
                    +---- end of a run that goes with the line ------+    +------+
                          (`alignment.fit`), or the echo of Enter     any other run or move

`show` takes text at the cursor, `end` settles what the text since the last move was, and `move`
goes on from there; `end` and `move` give the next state. A state costs a bounded number of steps
for each of these, besides one look at the text.
"""

from typing import Final, TypeAlias

from com1d.core.carried import carried
from com1d.core.paste.alignment import Fit, Place, fit
from com1d.core.paste.sent_line import KEPT, SentLine


TAB_WIDTH: Final = 8
"""Blanks that a guest shows for one TAB at most."""


@carried()
class OnLine:
    """The cursor is on the line, at a known distance from the end of the verified text."""

    __slots__ = ("_blanks_left", "_line", "_misfit", "_offset")

    def __init__(self, line: SentLine, offset: int = 0, misfit: str = "") -> None:
        """Be `offset` from the end of what is verified, and then behind text that did not fit."""
        self._line = line
        self._offset = offset
        self._misfit = misfit
        self._blanks_left = 0

    @property
    def position(self) -> int:
        """The cursor's position, relative to the end of the verified text."""
        return self._offset + len(self._misfit)

    @property
    def misfit(self) -> str:
        """The text at the cursor that does not fit, blanks aside."""
        return self._misfit.rstrip(" ")

    @property
    def shown(self) -> int:
        """Characters of what is expected that are shown and not verified yet: always none."""
        return 0

    @property
    def wrong_at(self) -> int:
        """Where the misfit begins, from the first character that is not verified."""
        return self._offset

    def expected_more(self) -> None:
        """Take note that more is expected."""

    def show(self, text: str) -> None:
        """Take text at the cursor."""
        if self._offset < 0 and not self._misfit:
            text = self._repeat(text)
        if text and not self._misfit and self._offset == 0:
            text = self._advance(text)
        if not text:
            return
        misfit = self._line.keep(self._misfit + text)
        self._misfit = self._line.dig(misfit)
        if len(self._misfit) < len(misfit):  # found: the verified text ends here now
            self._offset = 0

    def end(self) -> "OnLine":
        """Settle nothing: what does not fit may still be taken back."""
        return self

    def move(self, to: int | Place) -> "EchoState":
        """Go to a place relative to the end of what is verified, or somewhere else."""
        if isinstance(to, Place):
            self.leave()
            return Elsewhere(self._line, to)
        if self._offset <= to <= self.position:
            self._misfit = self._misfit[: to - self._offset]
            return self
        if self._offset == 0 and to > self.position:
            blanks = " " * min(to - self.position, KEPT)
            self._misfit = self._line.keep(self._misfit + blanks)
            return self
        self.leave()
        return _on_line(self._line, to)

    def leave(self) -> None:
        """Count what did not fit as noise."""
        self._line.noise += len(self._misfit)

    def _repeat(self, text: str) -> str:
        """Go over what stands on the line already, and give the rest."""
        begin = len(self._line.text) + self._offset
        same = common(text, self._line.text[begin : begin + len(text)])
        self._offset += same
        return text[same:]

    def _advance(self, text: str) -> str:
        """Verify as much as the text shows, and give the rest of it."""
        line = self._line
        if not line.text and line.expected and text[0] == "*" != line.expected[0]:
            line.masked = True
        wanted = line.shown
        shown = taken = 0
        while shown < len(text):
            if text[shown] == wanted[taken : taken + 1]:
                if text[shown] != " ":  # a blank may belong to a TAB before it just as well
                    self._blanks_left = 0
                taken += 1
            elif text[shown] == " " and wanted[taken : taken + 1] == "\t":
                self._blanks_left += TAB_WIDTH - 1
                taken += 1
            elif text[shown] == " " and self._blanks_left:
                self._blanks_left -= 1
            else:
                break
            shown += 1
        line.verify(taken, text[:shown])
        return text[shown:]


@carried()
class Elsewhere:
    """The cursor is at an unknown place: text up to the next move is compared as a whole."""

    __slots__ = ("_fit", "_line", "_place", "_run")

    def __init__(self, line: SentLine, place: Place) -> None:
        """Be at the beginning of a run."""
        self._line = line
        self._place = place
        self._run = ""
        self._fit: Fit | None = None

    @property
    def position(self) -> Place:
        """The position for relative moves: unknown."""
        return Place.SOMEWHERE

    @property
    def misfit(self) -> str:
        """The text of the run that does not fit, blanks aside."""
        if self._fit:
            return ""
        if self._line.repeated_by(self._run):
            known = len(self._line.prompt) + len(self._line.text)
            return self._run[known:].rstrip(" ")
        return self._run.rstrip(" ") if self._line.expected else ""

    @property
    def shown(self) -> int:
        """Characters of what is expected that the run shows; they are verified at its end."""
        return self._fit.count if self._fit else 0

    @property
    def wrong_at(self) -> int:
        """Where the misfit begins: in place of what is expected, as far as is known."""
        return 0

    def show(self, text: str) -> None:
        """Take text of the run."""
        self._run = self._line.keep(self._run + text)
        self._compare()

    def expected_more(self) -> None:
        """Look at the run again, now that more is expected."""
        self._compare()

    def end(self) -> "EchoState":
        """Settle what the run was: the line and what follows on it, or other text."""
        line = self._line
        if (explained := self._fit) is None:
            line.begun += common(self._run, line.shown[line.begun :])
            line.noise += len(self._run)
            self._run = ""
            return self
        at_start = self._place in (Place.NEW_LINE, Place.ROW_START)
        if at_start and len(explained.head) > len(line.text):
            # remembered, so that a doubled character there is noticed
            line.prompt = explained.head.removesuffix(line.text)
        line.verify(explained.count, line.shown[: explained.count])
        return OnLine(line, misfit=" " * explained.margin)

    def move(self, to: int | Place) -> "EchoState":
        """Go to a place on the line, if it is one, or somewhere else."""
        return Elsewhere(self._line, to) if isinstance(to, Place) else _on_line(self._line, to)

    def leave(self) -> None:
        """Count nothing: a run that was not settled is no noise."""

    def _compare(self) -> None:
        """Find how much of what is expected the run shows, if it has to do with the line at all."""
        line, run = self._line, self._run
        if not line.text:
            masked = bool(run) and not run.strip("*") and not line.expected.startswith("*")
            line.masked = masked
        shown = line.shown
        found = fit(run, shown, line=line.text, prompt=line.prompt, place=self._place)
        if not found and run and line.begun and shown.startswith(run, line.begun):
            found = Fit("", line.begun + len(run))
        self._fit = found
        if not found and not line.repeated_by(run):
            self._run = line.dig(run)
        elif found and found.count:
            line.noise = 0


EchoState: TypeAlias = OnLine | Elsewhere


def common(one: str, other: str) -> int:
    """Count the characters that both begin with."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _on_line(line: SentLine, position: int) -> EchoState:
    """Give the state for a position: on the line within the verified text, else elsewhere."""
    if -len(line.text) <= position <= 0:
        return OnLine(line, position)
    return Elsewhere(line, Place.SOMEWHERE)
