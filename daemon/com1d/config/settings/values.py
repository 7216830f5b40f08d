"""Parsers of single values: numbers, words, accounts and scopes."""

import re
import termios
from typing import Final

from com1d.config.settings.setting import Parser, RefusedValueError
from com1d.config.settings.spelling import quoted
from com1d.wire.words import EVERYONE


BAUD_RATES: Final = frozenset(
    int(name[1:]) for name in dir(termios) if re.fullmatch("B[1-9][0-9]*", name)
)
"""The rates that termios(3) names. Others need a line discipline that pyserial cannot set."""

_NUMBER: Final = re.compile("[0-9]{1,10}")
_SCOPE: Final = re.compile(r"(?:set:)?[A-Za-z0-9._*?\[\]!-]+")
_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_BREAK_PART: Final = re.compile(r"[\x00-\x7f]{1,16}")
_HIGHEST_ID: Final = (1 << 32) - 2
"""Highest id of a user or group: ids have 32 bits, and the last one means "no change"."""


def whole(low: int, high: int) -> Parser:
    """Read a whole number between `low` and `high`, both included."""

    def parse(value: object) -> int:
        if type(value) is int and low <= value <= high:
            return value
        raise RefusedValueError(f"must be a whole number from {low} to {high}")

    return parse


def choice(*words: str) -> Parser:
    """Read one of a few words."""
    *most, last = (f'"{word}"' for word in words)
    expected = f"must be {', '.join(most)} or {last}"

    def parse(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise RefusedValueError(expected)

    return parse


def parse_truth(value: object) -> bool:
    """Read a yes or no."""
    if isinstance(value, bool):
        return value
    raise RefusedValueError("must be true or false, without quotes")


ALL_NAMED: Final = 1 << 31
"""Consoles that have metrics of their own where all have: more than there can be."""

_TOP: Final = re.compile("top:([1-9][0-9]{0,4})")


def parse_named(value: object) -> int:
    """Read how many consoles have metrics of their own."""
    if value in ("all", "none"):
        return ALL_NAMED if value == "all" else 0
    if isinstance(value, str) and (top := _TOP.fullmatch(value)):
        return int(top[1])
    raise RefusedValueError('must be "all", "none" or "top:" and a number, such as "top:100"')


def spell_named(count: int) -> str:
    """Spell the same."""
    words = {ALL_NAMED: "all", 0: "none"}
    return f'"{words.get(count, f"top:{count}")}"'


def parse_baud(value: object) -> int:
    """Read a line rate that the kernel has a name for."""
    if type(value) is int and value in BAUD_RATES:
        return value
    near = ""
    if type(value) is int and value > 0:
        near = f"; the nearest is {min(BAUD_RATES, key=lambda rate: abs(rate - value))}"
    raise RefusedValueError(f"must be a standard line rate such as 9600 or 115200{near}")


def parse_group_name(value: object) -> str:
    """Read the name of a group."""
    if isinstance(value, str) and _is_account(value):
        return value
    raise RefusedValueError('must be the name of a group, such as "com1"')


def parse_user_name(value: object) -> str:
    """Read the name of a user."""
    if isinstance(value, str) and _is_account(value) and not _NUMBER.fullmatch(value):
        return value
    raise RefusedValueError('must be the name of a user, such as "com1-web"; a number goes to uid')


def parse_uid(value: object) -> int:
    """Read the number of a user."""
    return int(whole(0, _HIGHEST_ID)(value))


def parse_principal(value: object) -> tuple[str, str | int]:
    """Read who a role is for, as its kind and its name or number."""
    kind, colon, who = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind in ("uid", "gid") and _NUMBER.fullmatch(who) and int(who) <= _HIGHEST_ID:
        return kind, int(who)
    if kind in ("user", "group") and _NUMBER.fullmatch(who):
        raise RefusedValueError(f'must be a name; for a number write "{kind[0]}id:{who}"')
    if kind in ("user", "group") and colon and _is_account(who):
        return kind, who
    if value in (EVERYONE, "*"):
        return EVERYONE, ""
    raise RefusedValueError('must be "user:NAME", "group:NAME", "uid:N", "gid:N" or "everyone"')


def _is_account(name: str) -> bool:
    """Tell whether passwd(5) or group(5) could hold the name; directories may add odd ones."""
    return bool(name) and name.isprintable() and ":" not in name and name == name.strip()


def parse_scope(value: object) -> str:
    """Read a glob over console names or sets; one that no legal name can match is refused."""
    if isinstance(value, str) and _SCOPE.fullmatch(value):
        return value
    raise RefusedValueError(
        'must be a glob over console names, such as "web*", over sets, such as "set:web", '
        'or "*" for all'
    )


def parse_like(value: object) -> tuple[str, ...]:
    """Read the name of a template, or the names of several."""
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(names)
    raise RefusedValueError('must be the name of a template, "line", or several, ["line", "lab"]')


def parse_break(value: object) -> tuple[str, ...]:
    """Read what is typed for a break: a text, or several with pauses between."""
    parts = value if isinstance(value, list) else [value]
    if 0 < len(parts) <= BREAK_PARTS and all(map(_is_typed, parts)):
        return tuple(parts)
    raise RefusedValueError(
        'must be the ASCII that is typed, "\\r~", or in parts with pauses, ["\\r", "~"]: '
        f"{BREAK_PARTS} parts of 16 characters at most"
    )


def _is_typed(part: object) -> bool:
    return isinstance(part, str) and _BREAK_PART.fullmatch(part) is not None


def spell_list(words: tuple[str, ...]) -> str:
    """Spell some texts as TOML; empty where there are none, which is no value of its own."""
    return f"[{', '.join(map(quoted, words))}]" if words else ""


def parse_set_name(value: object) -> str:
    """Read the name of a scale set, which is made as the name of a console is."""
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise RefusedValueError(
        "must be 1 to 63 ASCII letters, digits, dots, underscores and hyphens that begin with a "
        "letter or a digit"
    )


def parse_vm_name(value: object) -> str:
    """Read the name of a VM as its hypervisor has it."""
    if isinstance(value, str) and 0 < len(value) <= VM_NAME_LENGTH and value.isprintable():
        return value
    raise RefusedValueError(f"must be 1 to {VM_NAME_LENGTH} printable characters")


VM_NAME_LENGTH: Final = 255
"""Of a VM's name: what a file name can have."""

BREAK_PARTS: Final = 8
"""A break of so many takes some 4 s, in which nothing else is typed."""
