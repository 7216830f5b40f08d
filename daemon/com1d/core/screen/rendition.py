"""How characters are shown: their colours and styles, and SGR, which chooses them."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple


_SHADES: Final = 255
"""The highest of a colour's numbers."""
_OF_TABLE, _OF_SHADES = 5, 2
"""Kinds of extended colours: an index, or red, green and blue."""

_ADDED: Final = {number: str(number) for number in (1, 2, 3, 4, 5, 7, 8, 9)} | {6: "5", 21: "4"}
"""What each number adds. Blinking fast is blinking, and two lines below are one."""
_REMOVED: Final = {22: "12", 23: "3", 24: "4", 25: "5", 27: "7", 28: "8", 29: "9"}
_FOREGROUNDS: Final = {number: str(number) for number in (*range(30, 38), *range(90, 98))}
_BACKGROUNDS: Final = {number: str(number) for number in (*range(40, 48), *range(100, 108))}
_EXTENDED: Final = (38, 48, 58)
"""Foreground, background, and the colour of the line below, which is read over."""


class Rendition(NamedTuple):
    """What SGR has chosen."""

    styles: str = ""
    """The digits of the styles, in order: bold is 1, reverse is 7."""
    foreground: str = ""
    """Parameters of SGR; empty is the terminal's own."""
    background: str = ""

    def sequence(self) -> str:
        """Give the sequence that chooses this, whatever was chosen before."""
        chosen = [part for part in (*self.styles, self.foreground, self.background) if part]
        return f"\x1b[{';'.join(['0', *chosen])}m" if chosen else "\x1b[m"


PLAIN: Final = Rendition()


def chosen(now: Rendition, params: str) -> Rendition:
    """Give what is chosen after SGR with these parameters."""
    groups = iter(params.split(";"))
    for group in groups:
        number, *details = (_number(part) for part in group.split(":"))
        if number in _EXTENDED:
            colour = _colour(details) if details else _following(groups)
            if colour and number == _EXTENDED[0]:
                now = now._replace(foreground=f"38;{colour}")
            elif colour and number == _EXTENDED[1]:
                now = now._replace(background=f"48;{colour}")
        else:
            now = _simple(now, number, off=details == [0])
    return now


def _simple(now: Rendition, number: int, *, off: bool) -> Rendition:
    if number == 0:
        return PLAIN
    if number in _REMOVED or (number in _ADDED and off):
        removed = _REMOVED.get(number) or _ADDED[number]
        return now._replace(styles="".join(each for each in now.styles if each not in removed))
    if number in _ADDED:
        return now._replace(styles="".join(sorted({*now.styles, _ADDED[number]})))
    if number in _FOREGROUNDS or number == 39:  # noqa: PLR2004 - the terminal's own
        return now._replace(foreground=_FOREGROUNDS.get(number, ""))
    if number in _BACKGROUNDS or number == 49:  # noqa: PLR2004 - the terminal's own
        return now._replace(background=_BACKGROUNDS.get(number, ""))
    return now


def _following(groups: Iterator[str]) -> str:
    """Read a colour whose numbers are parameters of their own."""
    kind = _number(next(groups, ""))
    count = {_OF_TABLE: 1, _OF_SHADES: 3}.get(kind, 0)
    return _colour([kind, *(_number(group) for group in islice(groups, count))])


def _colour(details: list[int]) -> str:
    match details:
        case [5, int(index), *_] if index <= _SHADES:
            return f"5;{index}"
        case [2, *_, int(red), int(green), int(blue)]:
            return "2;" + ";".join(str(min(shade, _SHADES)) for shade in (red, green, blue))
    return ""


def _number(text: str) -> int:
    return int(text[:4]) if re.fullmatch(r"[0-9]+", text) else 0
