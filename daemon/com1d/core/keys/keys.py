"""Keys by name, and the bytes that each kind of guest knows them by.

Three profiles, since no two of these understand each other's function keys:

- `xterm`: what terminals send, and what Linux, GRUB and SeaBIOS expect.
- `vt-utf8`: what Windows expects (MS-VUVP 2.2.1 and 2.2.2.2, which VT100+ shares), and UEFI
  firmware built for it, such as the OVMF of Debian 13.
- `pcansi`: what UEFI firmware built as PC-ANSI expects, such as the OVMF of Debian 12 (EDK2
  `TerminalConIn.c`, and every key tried there). It has neither F11, F12 nor modifiers.

A fourth, `sac`, is never configured: at the prompt `SAC>` no encoding of an editing key works. SAC
drops the ESC and takes the rest as typed, so that Up leaves `[A` in the command line.
"""

import difflib
import re
from collections.abc import Mapping
from enum import IntFlag
from typing import Final

from com1d.core.guest.states import State
from com1d.errors import BadRequest, Unsupported
from com1d.values import dataclass
from com1d.wire.words import KeyProfile


Profile = KeyProfile


class Modifier(IntFlag):
    """Keys held down with another. The values are xterm's: its code is their sum plus one."""

    SHIFT = 1
    ALT = 2
    CTRL = 4


NONE: Final = Modifier(0)


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is more than a character."""

    name: str
    """One of `NAMES`, or the character that Ctrl is held with, such as `C`."""
    modifiers: Modifier = NONE

    def __str__(self) -> str:
        held = [prefix for prefix, flag in PREFIXES.items() if flag in self.modifiers]
        return "".join((*held, self.name))


PREFIXES: Final = {"Shift-": Modifier.SHIFT, "Ctrl-": Modifier.CTRL, "Alt-": Modifier.ALT}
"""In the order in which MS-VUVP receivers expect them."""


def _function_keys(lead: bytes, codes: bytes) -> dict[str, bytes]:
    return {f"F{number}": lead + bytes((code,)) for number, code in enumerate(codes, 1)}


_ARROWS: Final = {"Up": b"A", "Down": b"B", "Right": b"C", "Left": b"D"}

XTERM_LETTERS: Final[Mapping[str, bytes]] = _ARROWS | {"Home": b"H", "End": b"F"}
"""The last byte of `ESC [ …`, or of `ESC O …` in application mode."""

XTERM_PF: Final[Mapping[str, bytes]] = {"F1": b"P", "F2": b"Q", "F3": b"R", "F4": b"S"}
"""The last byte of `ESC O …`, and of `ESC [ 1 ; m …` with modifiers."""

XTERM_NUMBERS: Final[Mapping[str, int]] = {
    "Insert": 2, "Delete": 3, "PageUp": 5, "PageDown": 6,
    "F5": 15, "F6": 17, "F7": 18, "F8": 19, "F9": 20, "F10": 21, "F11": 23, "F12": 24,
}  # fmt: skip
"""The number in `ESC [ number ~`."""

_CHARACTERS: Final = {"Enter": b"\r", "Escape": b"\x1b", "Tab": b"\t"}
_ERASE: Final = {"Backspace": b"\x08"}
_DELETE: Final = {"Backspace": b"\x7f"}

_XTERM_SPECIAL: Final = {
    ("Tab", Modifier.SHIFT): b"\x1b[Z",
    ("Backspace", Modifier.CTRL): b"\x08",
}

VT_UTF8_CODES: Final[Mapping[str, bytes]] = (
    {name: b"\x1b[" + code for name, code in _ARROWS.items()}
    | _function_keys(b"\x1b", b"1234567890!@")
    | {"Home": b"\x1bh", "End": b"\x1bk", "Insert": b"\x1b+", "Delete": b"\x1b-"}
    | {"PageUp": b"\x1b?", "PageDown": b"\x1b/"}
    | _CHARACTERS
    | _ERASE
)
VT_UTF8_MODIFIERS: Final[Mapping[Modifier, bytes]] = {
    Modifier.SHIFT: b"\x1b\x13",
    Modifier.CTRL: b"\x1b\x03",
    Modifier.ALT: b"\x1b\x01",
}
"""Bytes sent before the key."""

PCANSI_CODES: Final[Mapping[str, bytes]] = (
    {name: b"\x1b[" + code for name, code in _ARROWS.items()}
    | _function_keys(b"\x1b[", b"MNOPQRSTUV")
    | {"Home": b"\x1b[H", "End": b"\x1b[F", "Insert": b"\x1b[L", "Delete": b"\x1b[X"}
    | {"PageUp": b"\x1b[I", "PageDown": b"\x1b[G"}
    | _CHARACTERS
    | _ERASE
)

NAMES: Final = tuple(VT_UTF8_CODES)
_BY_LOWER: Final = {name.lower(): name for name in NAMES}
_WITH_CTRL: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_")

_NICKNAMES: Final = {
    "bs": "Backspace", "del": "Delete", "esc": "Escape", "ins": "Insert", "return": "Enter",
    "pgup": "PageUp", "pgdn": "PageDown",
}  # fmt: skip
"""What keyboards and other programs have for them: proposed, not taken; a key has one name."""

_LOOSE_PREFIX: Final = re.compile(r"(shift|ctrl|control|alt)[-+_ ]?")
_PREFIX_OF: Final = {"shift": "Shift-", "ctrl": "Ctrl-", "control": "Ctrl-", "alt": "Alt-"}

LONGEST_GUESS: Final = 40
"""Characters of an unknown name worth comparing and showing; difflib takes quadratic time."""

_ALL_KEYS: Final = (
    "keys are F1 to F12, Up, Down, Left, Right, Home, End, Insert, Delete, PageUp, PageDown, "
    "Enter, Escape, Tab and Backspace, with Shift-, Ctrl- or Alt- before them, and Ctrl-A to Ctrl-Z"
)

WINDOWS_STATES: Final[frozenset[str]] = frozenset(
    {State.SAC_CHANNEL, State.CMD_LOGIN, State.CMD, State.POWERSHELL}
)
"""Guest states in which Windows reads the keys, whatever the console's `guest` says. A boot menu
is none: it may be GRUB's."""

SAC_STATE: Final = State.SAC
SAC_HINT: Final = "This key has no effect at the SAC prompt"


def resolve(configured: str, guest: str, state: str) -> Profile:
    """Give the profile for a console's settings (`auto` included) and the state of its guest.

    At the SAC prompt it is `SAC` whatever is configured, unless `guest` is Linux: the state comes
    from the output, and a Linux user may look at a log with `SAC>` in it.
    """
    if state == SAC_STATE and guest != "linux":
        return Profile.SAC
    if configured != "auto":
        return Profile(configured)
    if guest == "windows" or (guest == "auto" and state in WINDOWS_STATES):
        return Profile.VT_UTF8
    return Profile.XTERM


def parse(name: str) -> Key:
    """Read a key's name such as `F8`, `Ctrl-Right` or `ctrl-c`, in any case.

    Raises `BadRequest` for an unknown key, with what was probably meant.
    """
    rest, modifiers = name.lower(), NONE
    if len(rest) > LONGEST_GUESS:
        raise _unknown(f"{rest[:LONGEST_GUESS]!a}…; {_ALL_KEYS}")
    while prefix := next((p for p in PREFIXES if rest.startswith(p.lower())), None):
        modifiers |= PREFIXES[prefix]
        rest = rest[len(prefix) :]
    if rest in _BY_LOWER:
        return Key(_BY_LOWER[rest], modifiers)
    if rest.upper() in _WITH_CTRL and modifiers == Modifier.CTRL:
        return Key(rest.upper(), modifiers)
    raise _unknown(f"{name!a}; {_meant(name.lower())}")


def _unknown(what: str) -> BadRequest:
    return BadRequest(
        f"unknown key {what}",
        title="There is no key of this name",
        remedy="`com1 send keys --help` lists all.",
    )


def _meant(rest: str) -> str:
    """Propose the nearest names, with the modifiers in their one spelling."""
    held = []
    while match := _LOOSE_PREFIX.match(rest):
        held.append(_PREFIX_OF[match[1]])
        rest = rest[match.end() :]
    known = _BY_LOWER | _NICKNAMES
    near = dict.fromkeys(known[key] for key in difflib.get_close_matches(rest, known, n=3))
    before = "".join(dict.fromkeys(held))
    return f"did you mean {' or '.join(before + key for key in near)}?" if near else _ALL_KEYS


def encode(key: Key, profile: Profile) -> bytes:
    """Give the bytes for a key. Raises `Unsupported` where the profile has none."""
    if key.name in _WITH_CTRL:
        return bytes((ord(key.name) & 0x1F,))
    if profile is Profile.SAC:
        code = (_CHARACTERS | _ERASE).get(key.name) if not key.modifiers else None
    elif profile is Profile.PCANSI:
        code = PCANSI_CODES.get(key.name) if not key.modifiers else None
    elif profile is Profile.VT_UTF8:
        code = _vt_utf8(key)
    else:
        code = _xterm(key)
    if code is not None:
        return code
    if profile is Profile.SAC:
        raise Unsupported(SAC_HINT)
    raise Unsupported(f"{key} has no code in the key profile {profile}")


def _vt_utf8(key: Key) -> bytes:
    held = [code for flag, code in VT_UTF8_MODIFIERS.items() if flag in key.modifiers]
    return b"".join((*held, VT_UTF8_CODES[key.name]))


def _xterm(key: Key) -> bytes | None:
    code = key.modifiers + 1
    if (number := XTERM_NUMBERS.get(key.name)) is not None:
        return b"\x1b[%d~" % number if code == 1 else b"\x1b[%d;%d~" % (number, code)
    if (letter := XTERM_LETTERS.get(key.name) or XTERM_PF.get(key.name)) is not None:
        if code > 1:
            return b"\x1b[1;%d%b" % (code, letter)
        return (b"\x1b[" if key.name in XTERM_LETTERS else b"\x1bO") + letter
    return _xterm_character(key)


def _xterm_character(key: Key) -> bytes | None:
    """Encode a character key: Alt puts an ESC before it; few other combinations have a code."""
    without_alt = key.modifiers & ~Modifier.ALT
    if without_alt:
        code = _XTERM_SPECIAL.get((key.name, without_alt))
    else:
        code = (_CHARACTERS | _DELETE)[key.name]
    return b"\x1b" + code if code is not None and Modifier.ALT in key.modifiers else code
