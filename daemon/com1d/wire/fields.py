"""Typed members of untrusted JSON: an error names the member."""

from typing import Any, Final, TypeVar

from com1d.errors import BadRequest


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
