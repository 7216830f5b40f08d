"""What each control and sequence does to a screen."""

import unicodedata
from collections.abc import Callable
from typing import Final

from wcwidth import wcwidth

from com1d.core.screen.rendition import chosen
from com1d.core.screen.screen import GRAPHICS, Point, Screen


COMBINED_MAX: Final = 8
"""Characters in one cell: a letter and its marks, in any language."""

_PARAMETER_MAX: Final = 9999

INSERT, NEW_LINE = 4, 20
MODES: Final = (INSERT, NEW_LINE)
PRIVATE_MODES: Final = (1, 1000, 1002, 1003, 1006, 2004)
"""Those that change what the user's terminal sends: DECCKM, the mouse, bracketed paste. Missing
are 132 columns, which a window does not follow, and the reversed screen, a flash of some 0.1 s."""

_ORIGIN, _WRAP, _SHOWN = 6, 7, 25
WITHOUT_CURSOR, WITH_CURSOR = 47, 1049
_ALTERNATE: Final = (WITHOUT_CURSOR, 1047, WITH_CURSOR)
"""xterm's other screen, which editors use and leave as it was; 1049 saves the cursor, too."""


class Terminal(Screen):
    """A screen that carries out a text, control or sequence at a time."""

    def reset(self) -> None:
        """Be as after power on (RIS)."""
        super().reset()
        self.last = ""
        """The character that REP repeats: one that nothing came behind."""

    # -- text ---------------------------------------------------------------------------------

    def draw(self, text: str) -> None:
        """Show text. Characters without a width of their own go into the cell before, or vanish."""
        if text.isascii():
            self._show(text)
            self.last = text[-1]
            return
        for char in text:
            self._draw(char)

    def _show(self, text: str) -> None:
        if self.graphics[self.shifted]:
            text = text.translate(GRAPHICS)
        self.put(list(text), insert=INSERT in self.modes)

    def _draw(self, char: str) -> None:
        width = wcwidth(char)
        if width < 1:
            if unicodedata.combining(char):
                self._combine(char)
            return
        if width == 1:
            self._show(char)
        else:
            self.make_room(width)
            self.put([char, ""], insert=INSERT in self.modes)
        self.last = char

    def _combine(self, mark: str) -> None:
        """Add a mark to the character before the cursor, which may be a wide one."""
        row, x = self.row(), self.x - 1
        row.reach(self.x)  # a mark on a blank is shown, whether the blank was written or not
        texts = row.texts
        if 0 < x < len(texts) and not texts[x]:
            x -= 1
        if 0 <= x < len(texts) and len(texts[x]) < COMBINED_MAX:
            texts[x] = unicodedata.normalize("NFC", texts[x] + mark)
        self.last = ""

    def _repeat(self, char: str, count: int) -> None:
        """Show a character again (REP), to the end of the row at most, as tmux does."""
        room = self.columns - self.x
        if char and wcwidth(char) == 1:
            self._show(char * min(count, room))
        elif char:
            self.put([char, ""] * min(count, room // 2), insert=INSERT in self.modes)

    # -- controls and escapes -------------------------------------------------------------------

    def control(self, char: str) -> None:
        """Do what a control character says."""
        self.last = ""
        if does := _CONTROLS.get(char):
            does(self)

    def escape(self, between: str, final: str) -> None:
        """Do what a sequence without parameters says."""
        self.last = ""
        if between in ("(", ")"):
            self.graphics["()".index(between)] = final == "0"
        elif between == "#" and final == "8":
            self.fill("E")
        elif not between and (does := _ESCAPES.get(final)):
            does(self)

    def new_line(self) -> None:
        """Move down; with LNM to the beginning of the row, too."""
        self.feed()
        if NEW_LINE in self.modes:
            self.x = 0

    def next_line(self) -> None:
        """Move down to the beginning of the row (NEL)."""
        self.feed()
        self.x = 0

    def save(self) -> None:
        """Remember where, and how, the next character is written (DECSC)."""
        self.saved = self.point()

    def shift(self, *, on: bool) -> None:
        """Use G1, or G0."""
        self.shifted = on

    # -- control sequences ----------------------------------------------------------------------

    def function(self, mark: str, params: str, between: str, final: str) -> None:
        """Do what a control sequence says."""
        self.last, last = "", self.last
        if between or mark not in ("", "?") or (mark and final not in "hlJK"):
            return
        if final in "hl":
            for number in _numbers(params):
                self._switch(number, private=bool(mark), on=final == "h")
        elif final == "m":
            self.rendition = chosen(self.rendition, params)
        elif final == "b":
            self._repeat(last, max(1, *_numbers(params)[:1]))
        elif does := _FUNCTIONS.get(final):
            first, second = (*_numbers(params), 0, 0)[:2]
            does(self, first, second)

    def _switch(self, number: int, *, private: bool, on: bool) -> None:
        if number in PRIVATE_MODES if private else number in MODES:
            (self.modes.add if on else self.modes.discard)(-number if private else number)
        elif not private:
            return
        elif number == _ORIGIN:
            self.origin = on
            self.move(0, 0)
        elif number == _WRAP:
            self.wraps = on
        elif number == _SHOWN:
            self.hidden = not on
        elif number in _ALTERNATE:
            show = self.show_alternate if on else self.show_main
            show(with_cursor=number == WITH_CURSOR)

    def erase_display(self, how: int) -> None:
        """Erase behind the cursor, before it, or all (ED). 3 is what has scrolled off: nothing."""
        if how == 0:
            self.erase_line(0)
            self.erase_rows(self.y + 1, self.height)
        elif how == 1:
            self.erase_line(1)
            self.erase_rows(0, self.y)
        elif how == 2:  # noqa: PLR2004 - ECMA-48's number
            self.erase_rows(0, self.height)

    def erase_line(self, how: int) -> None:
        """Erase the cursor's row behind the cursor, before it, or all of it (EL)."""
        spans = ((self.column, self.columns), (0, self.column + 1), (0, self.columns))
        if how < len(spans):
            self.erase(*spans[how])

    def insert_blanks(self, count: int) -> None:
        """Push what stands from the cursor on to the right (ICH)."""
        text, look = self.erased
        blanks = [text] * min(count, self.columns - self.column)
        self.row().insert(self.column, blanks, look, self.columns)

    def delete(self, count: int) -> None:
        """Pull what stands from the cursor on to the left (DCH)."""
        self.row().delete(self.column, count, self.columns, self.erased)

    def clear_tabs(self, how: int) -> None:
        """Clear the tab stop here, or all (TBC)."""
        if how == 0:
            self.tabs = [stop for stop in self.tabs if stop != self.column]
        elif how == 3:  # noqa: PLR2004 - ECMA-48's number
            self.tabs.clear()


def _numbers(params: str) -> list[int]:
    """Give the parameters; one that is missing is 0."""
    numbers = [part.partition(":")[0][:5] for part in params.split(";")]
    return [min(int(number or 0), _PARAMETER_MAX) for number in numbers]


_CONTROLS: Final[dict[str, Callable[[Terminal], None]]] = {
    "\b": lambda on: on.right(-1),
    "\t": lambda on: on.tab(1),
    "\n": Terminal.new_line,
    "\v": Terminal.new_line,
    "\f": Terminal.new_line,
    "\r": lambda on: on.to_column(0),
    "\x0e": lambda on: on.shift(on=True),
    "\x0f": lambda on: on.shift(on=False),
}
_ESCAPES: Final[dict[str, Callable[[Terminal], None]]] = {
    "7": Terminal.save,
    "8": lambda on: on.go(on.saved or Point()),
    "D": Terminal.feed,
    "E": Terminal.next_line,
    "H": Terminal.set_tab,
    "M": Terminal.feed_back,
    "c": Terminal.reset,
}
_FUNCTIONS: Final[dict[str, Callable[[Terminal, int, int], None]]] = {
    "@": lambda on, n, _: on.insert_blanks(n or 1),
    "A": lambda on, n, _: on.up(n or 1),
    "B": lambda on, n, _: on.down(n or 1),
    "C": lambda on, n, _: on.right(n or 1),
    "D": lambda on, n, _: on.right(-(n or 1)),
    "E": lambda on, n, _: on.down(n or 1, x=0),
    "F": lambda on, n, _: on.up(n or 1, x=0),
    "G": lambda on, n, _: on.to_column((n or 1) - 1),
    "H": lambda on, n, m: on.move((n or 1) - 1, (m or 1) - 1),
    "I": lambda on, n, _: on.tab(n or 1),
    "J": lambda on, n, _: on.erase_display(n),
    "K": lambda on, n, _: on.erase_line(n),
    "L": lambda on, n, _: on.roll_here(-(n or 1)),
    "M": lambda on, n, _: on.roll_here(n or 1),
    "P": lambda on, n, _: on.delete(n or 1),
    "S": lambda on, n, _: on.roll(on.top, n or 1),
    "T": lambda on, n, _: on.roll(on.top, -(n or 1)),
    "X": lambda on, n, _: on.erase(on.column, on.column + (n or 1)),
    "Z": lambda on, n, _: on.tab(-(n or 1)),
    "`": lambda on, n, _: on.to_column((n or 1) - 1),
    "a": lambda on, n, _: on.right(n or 1),
    "d": lambda on, n, _: on.to_row((n or 1) - 1),
    "e": lambda on, n, _: on.down(n or 1),
    "f": lambda on, n, m: on.move((n or 1) - 1, (m or 1) - 1),
    "g": lambda on, n, _: on.clear_tabs(n),
    "r": lambda on, n, m: on.set_region((n or 1) - 1, min(m or on.height, on.height) - 1),
    "s": lambda on, *_: on.save(),
    "u": lambda on, *_: on.go(on.saved or Point()),
}
"""By the sequence's last byte. A parameter that is missing or 0 is mostly 1."""
