"""Keys by our names, as Linux numbers them (input-event-codes.h): what libvirt's send-key takes."""

from typing import Final

from com1d.control.qcodes import qcodes
from com1d.core.keys.keys import Key


_ROWS: Final = {2: "1234567890", 16: "qwertyuiop", 30: "asdfghjkl", 44: "zxcvbnm"}
"""The first number of a row of keys on a US keyboard."""

_NUMBERS: Final = {
    "esc": 1, "minus": 12, "backspace": 14, "tab": 15, "bracket_left": 26, "bracket_right": 27,
    "ret": 28, "ctrl": 29, "shift": 42, "backslash": 43, "alt": 56, "space": 57,
    "f11": 87, "f12": 88, "home": 102, "up": 103, "pgup": 104, "left": 105, "right": 106,
    "end": 107, "down": 108, "pgdn": 109, "insert": 110, "delete": 111,
    **{f"f{number}": 58 + number for number in range(1, 11)},
    **{key: first + place for first, keys in _ROWS.items() for place, key in enumerate(keys)},
}  # fmt: skip


def keycodes(key: Key) -> list[int]:
    """Give the keys to hold down together, modifiers first."""
    return [_NUMBERS[code] for code in qcodes(key)]
