"""The vocabulary that the daemon and its clients share. PROTOCOL.md is its prose."""

from typing import Any, Final, TypeVar

from com1d.errors import BadRequest


SUBPROTOCOL: Final = "com1.v1"
PROBLEM_TYPE: Final = "application/problem+json"

DEFAULT_REPLAY: Final = 16384
"""Bytes of scrollback that an attach replays unless told otherwise: some eight 80x24 screens."""

SCREEN_ROWS: Final = (2, 100)
SCREEN_COLUMNS: Final = (2, 300)
"""The screens that an attach can ask for: the largest is a large monitor full of small print, and
has a megabyte at the very worst."""

PASTE_LIMIT: Final = 2048
"""Characters in one paste, as Azure Serial Console has it."""

CLOSE_PREEMPTED: Final = 4001
CLOSE_DISABLED: Final = 4002
CLOSE_FORBIDDEN: Final = 4003
CLOSE_DISCONNECTED: Final = 4004
CLOSE_IDLE: Final = 4005
CLOSE_TOO_SLOW: Final = 4008
CLOSE_RESTARTING: Final = 1012

T = TypeVar("T")


def field(message: dict[str, Any], key: str, kind: type[T], default: T | None = None) -> T:
    """Take one typed member out of untrusted JSON.

    Raises `BadRequest` naming the key when it is missing (and there is no default) or of another
    type. A boolean is not an integer here.
    """
    value = message.get(key)
    if value is None:
        value = default
    if value is None:
        raise BadRequest(f'"{key}" is missing')
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadRequest(f'"{key}" must be {_NAMES.get(kind, kind.__name__)}')
    return value


def strings(message: dict[str, Any], key: str) -> list[str]:
    """Take a list of strings out of untrusted JSON. Raises `BadRequest` naming the key."""
    value = field(message, key, list)
    if not all(isinstance(item, str) for item in value):
        raise BadRequest(f'"{key}" must be a list of strings')
    return value


_NAMES: Final[dict[type, str]] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}
