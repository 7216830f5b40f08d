"""pyte's screen, made to do what terminals do."""

import re
import unicodedata
from collections import defaultdict
from copy import copy
from typing import Any, Final, TypeAlias

import pyte
from pyte import charsets, modes
from pyte.screens import Char, Margins, Savepoint, StaticDefaultDict
from wcwidth import wcwidth


ROWS, COLUMNS = 24, 80
"""What a serial console has unless somebody says otherwise, and SAC always."""

COMBINED_MAX: Final = 8
"""Characters in one cell: a letter and its marks, in any language."""

_PARAMETER_MAX: Final = 9999
_SHADES: Final = 255
"""The highest of a colour's numbers, and above all of SGR's own."""

_CONTROLS: Final[dict[str, str]] = {
    key: name for key, name in pyte.Stream.basic.items() if name != "bell"
}
_ESCAPES: Final[dict[str, str]] = pyte.Stream.escape
_FUNCTIONS: Final[dict[str, str]] = {
    final: name
    for final, name in pyte.Stream.csi.items()
    if name not in ("report_device_attributes", "report_device_status", "set_mode", "reset_mode")
} | {"S": "scroll_up", "T": "scroll_down", "b": "repeat", "s": "save_cursor", "u": "restore_cursor"}
_ARGUMENTS: Final = {"H": 2, "f": 2, "r": 2, "s": 0, "u": 0}
"""How many parameters a function takes, where that is not one."""

WITHOUT_CURSOR, WITH_CURSOR = 47, 1049
_ALTERNATE: Final = frozenset({WITHOUT_CURSOR, 1047, WITH_CURSOR})
"""xterm's other screen, which editors use and leave as it was; 1049 remembers the cursor, too."""

MODES: Final = (modes.IRM, modes.LNM)
PRIVATE_MODES: Final = (1, 1000, 1002, 1003, 1006, 2004)
"""Those that change what the user's terminal sends: DECCKM, the mouse, bracketed paste."""
_KNOWN: Final = frozenset({*MODES, *(mode << 5 for mode in PRIVATE_MODES), modes.DECOM,
                           modes.DECAWM, modes.DECTCEM})  # fmt: skip
"""Modes as pyte numbers them, the private ones shifted. Missing are 132 columns, which a window
does not follow, and the reversed screen, a flash of some 0.1 s."""

GRAPHICS: Final = charsets.LAT1_MAP[:0x5F] + charsets.VT100_MAP[0x5F:0x7F] + "\x7f"
"""DEC's special graphics: lines and corners instead of small letters."""

Row: TypeAlias = StaticDefaultDict[int, Char]
Cells: TypeAlias = dict[int, Row]

BLANK: Final = Char(" ")


class Screen(pyte.Screen):
    """pyte's screen, where its answer is not a terminal's: erasing, scrolling, saving, wide cells.

    To erase or move a whole row costs the same however long it is.
    """

    buffer: Cells
    main: tuple[Cells, list[Savepoint]] | None
    """While the other screen is shown: the main one, and the position that it remembers."""

    def obey(self, token: re.Match[str]) -> None:
        """Do what a token says."""
        if (text := token["text"]) is not None:
            self.draw(text)
        elif (control := token["control"]) is not None:
            self._call(_CONTROLS.get(control))
        elif (final := token["final"]) is not None:
            self._function(token["mark"], token["params"], token["between"], final)
        elif (code := token["code"]) is not None:
            self.define_charset(code, mode=token["set"])
        elif (escape := token["escape"]) is not None:
            self._call(_ESCAPES.get(escape))

    def _call(self, name: str | None, *arguments: int) -> None:
        if name is not None:
            getattr(self, name)(*arguments)

    def _function(self, mark: str, params: str, between: str, final: str) -> None:
        if between or mark not in ("", "?") or (mark and final not in "hlJK"):
            return
        numbers = [_number(part) for part in params.split(";")] if params else []
        if final in "hl":
            self._switch(numbers, private=bool(mark), on=final == "h")
        elif final == "m":
            self.select_graphic_rendition(*_plain(params))
        else:
            self._call(_FUNCTIONS.get(final), *numbers[: _ARGUMENTS.get(final, 1)])

    def _switch(self, numbers: list[int], *, private: bool, on: bool) -> None:
        for number in numbers:
            if private and number in _ALTERNATE:
                self._show_other(on=on, with_cursor=number == WITH_CURSOR)
            elif (number << 5 if private else number) in _KNOWN and (private or number in MODES):
                (self.set_mode if on else self.reset_mode)(number, private=private)

    def define_charset(self, code: str, mode: str) -> None:
        """Make G0 or G1 the graphics, or what it is at first."""
        charset = GRAPHICS if code == "0" else charsets.LAT1_MAP
        if mode == "(":
            self.g0_charset = charset
        else:
            self.g1_charset = charset

    # -- the two screens ----------------------------------------------------------------------

    def _show_other(self, *, on: bool, with_cursor: bool) -> None:
        if on and self.main is None:
            if with_cursor:
                self.save_cursor()
            self.main = self.buffer, self.savepoints
            self.buffer, self.savepoints = _cells(), []
        elif not on and self.main is not None:
            self.buffer, self.savepoints = self.main
            self.main = None
            if with_cursor:
                self.restore_cursor()

    def reset(self) -> None:
        """Be as after power on."""
        super().reset()
        self.g1_charset = charsets.LAT1_MAP
        self.savepoints = []
        self.buffer = _cells()
        self.main = None
        self._last = " "
        self._has_wide = False

    # -- what pyte does otherwise ---------------------------------------------------------------

    def draw(self, data: str) -> None:
        """Show text. Characters without a width of their own go into the cell before, or vanish."""
        if data.isascii():
            super().draw(data)
            self._last = data[-1]
            return
        for char in data:
            self._draw(char)

    def _draw(self, char: str) -> None:
        width = wcwidth(char)
        if width < 1:
            if unicodedata.combining(char):
                self._combine(char)
            return
        if width > 1 and self.cursor.x == self.columns - 1:  # there is no room for a half
            self.cursor.x += 1 if modes.DECAWM in self.mode else -1
        self._has_wide = self._has_wide or width > 1
        super().draw(char)
        self._last = char

    def _combine(self, mark: str) -> None:
        """Add a mark to the character before the cursor, which may be a wide one."""
        row, x = self._healed(), self.cursor.x - 1
        if x > 0 and not row[x].data:
            x -= 1
        if x >= 0 and 0 < len(data := row[x].data) < COMBINED_MAX:
            row[x] = row[x]._replace(data=unicodedata.normalize("NFC", data + mark))

    def repeat(self, count: int = 1) -> None:
        """Show the last character again (REP)."""
        self.draw(self._last * min(count or 1, self.columns))

    def index(self) -> None:
        """Move down, and the lines up where the cursor is at the bottom."""
        if self.cursor.y == self._region.bottom:
            self._roll(self._region.top, 1)
        else:
            self.cursor_down()

    def reverse_index(self) -> None:
        """Move up, and the lines down where the cursor is at the top."""
        if self.cursor.y == self._region.top:
            self._roll(self._region.top, -1)
        else:
            self.cursor_up()

    def scroll_up(self, count: int | None = None) -> None:
        """Move the lines up (SU)."""
        self._roll(self._region.top, count or 1)

    def scroll_down(self, count: int | None = None) -> None:
        """Move the lines down (SD)."""
        self._roll(self._region.top, -(count or 1))

    def delete_lines(self, count: int | None = None) -> None:
        """Move the lines below the cursor up over its own."""
        if self._region.top <= self.cursor.y <= self._region.bottom:
            self._roll(self.cursor.y, count or 1)
            self.carriage_return()

    def insert_lines(self, count: int | None = None) -> None:
        """Move the cursor's line and those below it down."""
        if self._region.top <= self.cursor.y <= self._region.bottom:
            self._roll(self.cursor.y, -(count or 1))
            self.carriage_return()

    @property
    def _region(self) -> Margins:
        return self.margins or Margins(0, self.lines - 1)

    def _roll(self, top: int, up: int) -> None:
        """Move the lines from `top` to the region's bottom by `up`; erased ones come after them."""
        rows = [self.buffer[y] for y in range(top, self._region.bottom + 1)]
        erased: list[Row] = [StaticDefaultDict(self._erased) for _ in rows[: abs(up)]]
        rows = [*rows[up:], *erased] if up > 0 else [*erased, *rows[:up]]
        self.buffer.update(zip(range(top, self._region.bottom + 1), rows, strict=True))

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        """Set the region that scrolls; a parameter of 0 is none."""
        top, bottom = top or 1, min(bottom or self.lines, self.lines)
        if top < bottom:
            whole = (top, bottom) == (1, self.lines)
            super().set_margins(*(() if whole else (top, bottom)))
            self.cursor_position()

    def cursor_up(self, count: int | None = None) -> None:
        """Move up, to the region's top at most, where the cursor is in the region."""
        top = self._region.top if self.cursor.y >= self._region.top else 0
        self.cursor.y = max(top, self.cursor.y - (count or 1))

    def cursor_down(self, count: int | None = None) -> None:
        """Move down, to the region's bottom at most, where the cursor is in the region."""
        bottom = self._region.bottom if self.cursor.y <= self._region.bottom else self.lines - 1
        self.cursor.y = min(bottom, self.cursor.y + (count or 1))

    def cursor_to_line(self, line: int | None = None) -> None:
        """Move to another line, and stay in the column."""
        self.cursor_position(line, self.cursor.x + 1)

    def save_cursor(self) -> None:
        """Remember one position, the latest."""
        self.savepoints.clear()
        super().save_cursor()

    def restore_cursor(self) -> None:
        """Go to the position that is remembered, and remember it still."""
        hidden = self.cursor.hidden
        if self.savepoints:
            saved = self.savepoints[0]
            (self.set_mode if saved.origin else self.reset_mode)(modes.DECOM)
            (self.set_mode if saved.wrap else self.reset_mode)(modes.DECAWM)
            self.g0_charset, self.g1_charset = saved.g0_charset, saved.g1_charset
            self.charset = saved.charset
            self.cursor = copy(saved.cursor)
            self.ensure_vbounds()  # to the region, where lines count from its top
        else:
            super().restore_cursor()
        self.cursor.hidden = hidden

    def erase_in_display(self, how: int = 0, *_: Any, **__: Any) -> None:
        """Erase rows: those behind the cursor's, before it, or all."""
        y = self.cursor.y
        first, last = {0: (y + 1, self.lines), 1: (0, y)}.get(how, (0, self.lines))
        for row in range(first, last):
            self.buffer[row] = StaticDefaultDict(self._erased)
        if how in (0, 1):
            self.erase_in_line(how)

    def erase_in_line(self, how: int = 0, *_: Any, **__: Any) -> None:
        """Erase the cursor's row: behind the cursor, before it, or all of it."""
        x, row = min(self.cursor.x, self.columns - 1), self.buffer[self.cursor.y]
        first, last = {0: (x, self.columns), 1: (0, x + 1)}.get(how, (0, self.columns))
        row.update(dict.fromkeys(range(first, last), self._erased))

    def erase_characters(self, count: int | None = None) -> None:
        """Erase so many cells from the cursor on."""
        last = min(self.columns, self.cursor.x + (count or 1))
        erased = dict.fromkeys(range(self.cursor.x, last), self._erased)
        self.buffer[self.cursor.y].update(erased)

    def insert_characters(self, count: int | None = None) -> None:
        """Push what stands from the cursor on to the right."""
        cells = self._behind_cursor()
        self._put([self._erased] * min(count or 1, len(cells)) + cells)

    def delete_characters(self, count: int | None = None) -> None:
        """Pull what stands from the cursor on to the left."""
        cells = self._behind_cursor()
        self._put(cells[count or 1 :] + [self._erased] * min(count or 1, len(cells)))

    def _behind_cursor(self) -> list[Char]:
        row = self._healed()
        return [row[x] for x in range(self.cursor.x, self.columns)]

    def _healed(self) -> Row:
        """Give the cursor's row, with halves of wide characters as the blanks that they show."""
        row = self.buffer[self.cursor.y]
        if self._has_wide:
            texts = [shown(row, x, self.columns) for x in range(self.columns)]
            row.update({x: row[x]._replace(data=text) for x, text in enumerate(texts)})
        return row

    def _put(self, cells: list[Char]) -> None:
        self.buffer[self.cursor.y].update(
            zip(range(self.cursor.x, self.columns), cells, strict=False)
        )

    def point(self) -> Savepoint:
        """Give where and how the next character would be written."""
        return Savepoint(
            self.cursor, self.g0_charset, self.g1_charset, self.charset,
            origin=modes.DECOM in self.mode, wrap=modes.DECAWM in self.mode,
        )  # fmt: skip

    @property
    def _erased(self) -> Char:
        """What an erased cell has of the cursor's attributes: its background."""
        return Char(" ", bg=self.cursor.attrs.bg)


def shown(row: Row, x: int, columns: int) -> str:
    """Give what a cell shows; half of a wide character is a blank, or nothing behind the first."""
    data = row[x].data
    if not data:
        wide = x > 0 and _is_wide(row[x - 1].data)
        return "" if wide else " "
    if _is_wide(data) and (x + 1 >= columns or row[x + 1].data):
        return " "
    return data


def _is_wide(data: str) -> bool:
    return bool(data) and not data.isascii() and wcwidth(data[0]) == 2  # noqa: PLR2004 - columns


def _cells() -> Cells:
    return defaultdict(lambda: StaticDefaultDict(BLANK))


def _number(text: str) -> int:
    return min(int(text.partition(":")[0] or 0), _PARAMETER_MAX)


def _plain(params: str) -> list[int]:
    """Give the parameters of SGR. One with colons, as for a wavy line, is what it begins with."""
    groups = params.split(";") if params else []
    plain = (group for group in groups if not (":" in group and group[:2] in ("38", "48")))
    return [min(_number(group), _SHADES) for group in plain]
