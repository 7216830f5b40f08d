"""How keys are encoded once a guest has switched the terminal to another protocol, and pastes."""

import re
from typing import Final


MENU_KEY: Final = b"\x1d"
"""Ctrl-], as telnet, virsh and `az serial-console` have it."""

BRACKETED_PASTE_ON: Final = b"\x1b[?2004h"
BRACKETED_PASTE_OFF: Final = b"\x1b[?2004l"

_MENU_KEY: Final = re.compile(
    rb"\x1b\[(?:(?:(?:93|125|53)(?::\d*)*|\d*:\d*:93);"
    rb"(?P<kitty>\d+)(?::(?P<event>\d))?(?:;[\d:]*)?u"
    rb"|27;(?P<xterm>\d+);(?:93|125|53)~)"
)
"""Ctrl-] after a guest switched this terminal to the kitty keyboard protocol or to xterm's
modifyOtherKeys: without these the way out would be gone. Ctrl-} is the same key with Shift, Ctrl-5
gives the same byte, and a key of another alphabet says which one it is on the usual keyboard."""

_WINDOWS: Final = re.compile(rb"\x1b\[\d*;\d*;(?P<char>\d*);(?P<down>\d*);\d*(?:;\d*)?_")
"""A key of Windows's win32-input-mode: its character, and whether it went down."""

_CTRL: Final = 4
_SHIFT_AND_LOCKS: Final = 1 | 64 | 128
"""Bits of a modifier, which is sent plus one: Shift, Caps Lock, Num Lock."""

_KITTY: Final = re.compile(rb"\x1b\[(\d+)(?::\d*)*(?:;(\d*)(?::(\d))?(?:;[\d:]*)?)?u")
"""A key in the kitty keyboard protocol: its code, its modifiers, and what became of it."""

_RELEASED: Final = b"3"
_MODIFIERS: Final = range(57358, 57455)
"""Codes of the lock keys, the keypad, media keys, and of Shift, Ctrl, Alt and the like alone."""

_LAST: Final = 0x7E
"""The last character of ASCII."""


def menu_key(sequence: bytes) -> bool | None:
    """Tell whether the menu key went down or, with False, up; None for another key."""
    if match := _WINDOWS.fullmatch(sequence):
        return match["down"] == b"1" if int(match["char"] or 0) == MENU_KEY[0] else None
    match = _MENU_KEY.fullmatch(sequence)
    if match is None:
        return None
    pressed = int(match["kitty"] or match["xterm"]) - 1
    return match["event"] != _RELEASED if pressed & ~_SHIFT_AND_LOCKS == _CTRL else None


def plain(key: bytes) -> bytes:
    """Give what a key is without a keyboard protocol; nothing for one that was let go.

    A menu needs this: once a guest has asked for all keys in that form, `q` comes as `ESC [113u`.
    """
    if match := _WINDOWS.fullmatch(key):
        char = int(match["char"] or 0) if match["down"] == b"1" else 0
        return chr(char).encode() if 0 < char <= _LAST else b""
    match = _KITTY.fullmatch(key)
    if match is None:
        return key
    code = int(match[1])
    if match[3] == _RELEASED or code in _MODIFIERS:
        return b""
    shifted = int(match[2] or 1) - 1 & 1
    text = chr(code) if code <= _LAST else ""
    return (text.upper() if shifted else text).encode() or key
