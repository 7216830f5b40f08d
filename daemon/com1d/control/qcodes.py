"""Keys by our names, as QEMU's emulated keyboard knows them (`QKeyCode` of its QAPI)."""

from typing import Any, Final

from com1d.core.keys.keys import Key, Modifier, parse
from com1d.errors import BadRequest


MAX_KEYS: Final = 32
"""Keys in one request. QEMU queues 1,024 steps, drops further ones silently, and a key with three
modifiers takes 24 of them."""

_MODIFIERS: Final = {Modifier.CTRL: "ctrl", Modifier.ALT: "alt", Modifier.SHIFT: "shift"}

_QCODES: Final[dict[str, tuple[str, ...]]] = {
    "Enter": ("ret",),
    "Escape": ("esc",),
    "PageUp": ("pgup",),
    "PageDown": ("pgdn",),
    "[": ("bracket_left",),
    "\\": ("backslash",),
    "]": ("bracket_right",),
    "^": ("shift", "6"),
    "_": ("shift", "minus"),
}
"""Codes that are not the name in lower case. The keyboard is US, as firmware assumes."""


def read(names: list[str]) -> list[Key]:
    """Read keys by name. Raises `BadRequest` for an unknown one, or too many."""
    if len(names) > MAX_KEYS:
        raise BadRequest(f"{len(names)} keys at once; the limit is {MAX_KEYS}")
    return [parse(name) for name in names]


def qcodes(key: Key) -> list[str]:
    """Give the keys to hold down together, modifiers first."""
    held = [code for flag, code in _MODIFIERS.items() if flag in key.modifiers]
    return [*held, *_QCODES.get(key.name, (key.name.lower(),))]


def send_key(key: Key) -> dict[str, Any]:
    """Give the arguments of QMP `send-key`."""
    return {"keys": [{"type": "qcode", "data": code} for code in qcodes(key)]}
