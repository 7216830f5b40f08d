"""Sizes and times: one grammar for each, wherever a setting is one.

64KiB   4 MiB   1GiB   4096            bytes
500ms   90s   15min   12h   30d   90   seconds
"""

import re
from typing import Final

from com1d.config.settings.setting import Parser, RefusedValueError


KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

SIZES: Final = {"GiB": GIB, "MiB": MIB, "KiB": KIB, "": 1}
MILLISECONDS: Final = {
    "d": DAY * 1000, "h": HOUR * 1000, "min": MINUTE * 1000, "s": 1000, "ms": 1, "": 1000,
}  # fmt: skip
"""Each unit of time. A number alone is seconds."""

_SIZE: Final = re.compile("([0-9]{1,15}) ?(|KiB|MiB|GiB)")
_TIME: Final = re.compile("([0-9]{1,12}) ?(|ms|s|min|h|d)")


def size(low: int, high: int, *, zero_is_off: bool = False) -> Parser:
    """Read bytes, as a plain number or with a unit."""
    off = ", or 0 for off" if zero_is_off else ""
    expected = f"must be a size from {spell_size(low)} to {spell_size(high)}{off}"

    def parse(value: object) -> int:
        count = _bytes(value)
        if count is None or not (low <= count <= high or (zero_is_off and count == 0)):
            raise RefusedValueError(expected)
        return count

    return parse


def time(low: float, high: float, *, zero_is_off: bool = False) -> Parser:
    """Read a time, as seconds or with a unit; the bounds are seconds."""
    off = ", or 0 for off" if zero_is_off else ""
    expected = f"must be a time from {spell_time(low)} to {spell_time(high)}{off}, in ms, s, min, h"
    expected += " or d"

    def parse(value: object) -> float:
        seconds = _seconds(value)
        if seconds is None or not (low <= seconds <= high or (zero_is_off and seconds == 0)):
            raise RefusedValueError(expected)
        return seconds

    return parse


def spell_size(count: int) -> str:
    """Spell bytes as TOML, with the largest unit that leaves a whole number."""
    for unit, worth in SIZES.items():
        if unit and count and count % worth == 0:
            return f'"{count // worth}{unit}"'
    return str(count)


def spell_time(seconds: float) -> str:
    """Spell a time as TOML, with the largest unit that leaves a whole number."""
    count = round(seconds * 1000)
    for unit, worth in MILLISECONDS.items():
        if count and count % worth == 0:
            return f'"{count // worth}{unit}"'
    return "0"


def _bytes(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        return int(match[1]) * SIZES[match[2]]
    return None


def _seconds(value: object) -> float | None:
    """Give a whole number wherever it is one, so that it is shown as one."""
    if type(value) is int:
        return value
    if isinstance(value, str) and (match := _TIME.fullmatch(value)):
        count = int(match[1]) * MILLISECONDS[match[2]]
        return count / 1000 if count % 1000 else count // 1000
    return None
