"""How one value is read: a reader takes what TOML gave and returns what the daemon wants.

A reader raises `RefusedValueError`, whose text completes a line that begins with the key and the
value: "must be …". Nothing else may escape from a reader, whatever the value is.
"""

import json
import re
import termios
from collections.abc import Callable
from typing import Any, Final, TypeAlias


Reader: TypeAlias = Callable[[object], Any]

SHOWN_CHARACTERS: Final = 60
"""Of a wrong value or a wild key that a problem shows: enough to find it, and still one line."""

UNITS: Final = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

BAUD_RATES: Final = frozenset(
    int(name[1:]) for name in dir(termios) if re.fullmatch("B[1-9][0-9]*", name)
)
"""The rates that termios(3) names. Others need a line discipline that pyserial cannot set."""

TOML_INTEGER_BITS: Final = 64

HOUR: Final = 3600
DAY: Final = 24 * HOUR

TIME_UNITS: Final = {"": 1, "s": 1, "min": 60, "h": HOUR}

_TIME: Final = re.compile("([0-9]{1,9}) ?(|s|min|h)")
_DURATION: Final = re.compile("([0-9]{1,9}) ?(h|d)")
_SIZE: Final = re.compile("([0-9]{1,15}) ?(|KiB|MiB|GiB)")
_BARE_KEY: Final = re.compile("[A-Za-z0-9_-]+")
_NUMBER: Final = re.compile("[0-9]{1,10}")
_SCOPE: Final = re.compile(r"(?:set:)?[A-Za-z0-9._*?\[\]!-]+")
_SET: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_HIGHEST_ID: Final = (1 << 32) - 2
"""Of a user or group: the kernel's ids have 32 bits, and the last one means "no change"."""


class RefusedValueError(ValueError):
    """A value cannot stand. The text says what it must be instead."""


def whole(low: int, high: int) -> Reader:
    """Read a whole number between `low` and `high`, both included."""

    def read(value: object) -> int:
        if type(value) is int and low <= value <= high:
            return value
        raise RefusedValueError(f"must be a whole number from {low} to {high}")

    return read


def size(low: int, high: int, *, zero_is_off: bool = False) -> Reader:
    """Read bytes, as a plain number or with a unit: `"64KiB"`, `"4MiB"`, `"1GiB"`."""
    off = ", or 0 for off" if zero_is_off else ""
    expected = f'must be a size from "{in_units(low)}" to "{in_units(high)}"{off}'

    def read(value: object) -> int:
        count = _bytes(value)
        if count is None or not (low <= count <= high or (zero_is_off and count == 0)):
            raise RefusedValueError(expected)
        return count

    return read


def in_units(count: int) -> str:
    """Spell bytes with the largest unit that leaves a whole number."""
    for unit in ("GiB", "MiB", "KiB"):
        if count and count % UNITS[unit] == 0:
            return f"{count // UNITS[unit]}{unit}"
    return str(count)


def _bytes(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        return int(match[1]) * UNITS[match[2]]
    return None


def duration(low: int, high: int) -> Reader:
    """Read a time in hours or days, `"12h"` or `"30d"`, as seconds."""
    expected = f'must be a time from "{low // HOUR}h" to "{high // DAY}d"'

    def read(value: object) -> int:
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        seconds = int(match[1]) * (HOUR if match[2] == "h" else DAY) if match else -1
        if not low <= seconds <= high:
            raise RefusedValueError(expected)
        return seconds

    return read


def seconds(low: int, high: int) -> Reader:
    """Read a time, as seconds or with a unit: `"90s"`, `"15min"`, `"1h"`; 0 is off."""
    expected = f'must be a time from "{low}s" to "{high // HOUR}h", such as "15min", or 0 for off'

    def read(value: object) -> int:
        match = _TIME.fullmatch(value) if isinstance(value, str) else None
        count = int(match[1]) * TIME_UNITS[match[2]] if match else value
        if type(count) is int and (low <= count <= high or count == 0):
            return count
        raise RefusedValueError(expected)

    return read


def choice(*words: str) -> Reader:
    """Read one of a few words."""
    *most, last = (f'"{word}"' for word in words)
    expected = f"must be {', '.join(most)} or {last}"

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise RefusedValueError(expected)

    return read


def truth(value: object) -> bool:
    """Read a yes or no."""
    if isinstance(value, bool):
        return value
    raise RefusedValueError("must be true or false, without quotes")


def baud(value: object) -> int:
    """Read a line rate that the kernel has a name for."""
    if type(value) is int and value in BAUD_RATES:
        return value
    near = ""
    if type(value) is int and value > 0:
        near = f"; the nearest is {min(BAUD_RATES, key=lambda rate: abs(rate - value))}"
    raise RefusedValueError(f"must be a standard line rate such as 9600 or 115200{near}")


def group_name(value: object) -> str:
    """Read the name of a group."""
    if isinstance(value, str) and _is_account(value):
        return value
    raise RefusedValueError('must be the name of a group, such as "com1"')


def user_name(value: object) -> str:
    """Read the name of a user."""
    if isinstance(value, str) and _is_account(value) and not _NUMBER.fullmatch(value):
        return value
    raise RefusedValueError('must be the name of a user, such as "com1-web"; a number goes to uid')


def uid(value: object) -> int:
    """Read the number of a user."""
    return int(whole(0, _HIGHEST_ID)(value))


def principal(value: object) -> tuple[str, str | int]:
    """Read who a role is for, as its kind and its name or number."""
    kind, colon, who = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind in ("uid", "gid") and _NUMBER.fullmatch(who) and int(who) <= _HIGHEST_ID:
        return kind, int(who)
    if kind in ("user", "group") and _NUMBER.fullmatch(who):
        raise RefusedValueError(f'must be a name; for a number write "{kind[0]}id:{who}"')
    if kind in ("user", "group") and colon and _is_account(who):
        return kind, who
    raise RefusedValueError('must be "user:NAME", "group:NAME", "uid:N" or "gid:N"')


def _is_account(name: str) -> bool:
    """Tell whether passwd(5) or group(5) could hold the name; directories may add odd ones."""
    return bool(name) and name.isprintable() and ":" not in name and name == name.strip()


def scope(value: object) -> str:
    """Read a glob over console names or sets; one that no legal name can match is refused."""
    if isinstance(value, str) and _SCOPE.fullmatch(value):
        return value
    raise RefusedValueError(
        'must be a glob over console names, such as "web*", over sets, such as "set:web", '
        'or "*" for all'
    )


def set_name(value: object) -> str:
    """Read the name of a scale set, which is made as the name of a console is."""
    if isinstance(value, str) and _SET.fullmatch(value):
        return value
    raise RefusedValueError(
        "must be 1 to 63 ASCII letters, digits, dots, underscores and hyphens that begin with a "
        "letter or a digit"
    )


def shown(value: object) -> str:
    """Spell a wrong value as TOML would, on one line, without control characters, and short."""
    match value:
        case str():
            return quoted(value)
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > TOML_INTEGER_BITS:
            return clipped(hex(value))  # str() refuses numbers of more than 4,300 digits
        case list():
            return "[…]" if value else "[]"
        case dict():
            return "{…}" if value else "{}"
        case _:
            return clipped(str(value))


def dotted(*parts: str) -> str:
    """Spell a path of keys as TOML would."""
    return ".".join(part if _BARE_KEY.fullmatch(part) else quoted(part) for part in parts)


def quoted(text: str) -> str:
    """Spell a string as TOML would; what a terminal must not see is escaped."""
    return f'"{"".join(map(_spelt, clipped(text)))}"'


def _spelt(character: str) -> str:
    plain = character.isprintable() and character not in '"\\'
    return character if plain else json.dumps(character)[1:-1]


def clipped(text: str) -> str:
    """Shorten a text to `SHOWN_CHARACTERS`."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
