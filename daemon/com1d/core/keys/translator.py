"""Translates what a user's terminal sends to what the guest understands.

Terminals send xterm sequences. The translator finds them in the input, wherever it is split, and
puts the codes of the guest's profile in their place (`keys`); all else passes as it came. With the
profile `xterm` every byte passes at once, untouched.

A lone ESC may be the Escape key or the start of a sequence; only time tells, so it waits 50 ms for
more. That breaks nothing: a guest waits up to two seconds for the rest of a sequence (MS-VUVP
2.2.1; EDK2 does the same).

At the SAC prompt the editing keys are left out with a hint, and Ctrl-C becomes as many backspaces
as there are characters on the line: SAC takes Ctrl-C for Enter, so it would *run* a half-typed
`restart` instead of abandoning it.
"""

import math
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from com1d.core.carried import carried
from com1d.core.keys.keys import (
    SAC_HINT,
    XTERM_LETTERS,
    XTERM_NUMBERS,
    XTERM_PF,
    Key,
    Modifier,
    Profile,
    encode,
)
from com1d.errors import Unsupported


ESC_HOLD: Final = 0.050
"""Seconds that an ESC waits for the rest of its sequence. A terminal writes a key at once."""

MAX_SEQUENCE: Final = 32
"""Bytes of an unfinished sequence that are held. A key takes 8 at most, a terminal's answer to a
query some 20."""

SAC_LINE_MAX: Final = 1024
"""Characters counted on the line at SAC: its own input buffer holds no more, and Ctrl-C must not
become an endless row of backspaces after binary input."""

_TOKEN: Final = re.compile(
    rb"\x1b\[(?P<params>[0-?]*)[ -/]*(?P<final>[@-~])"
    rb"|\x1bO(?P<ss3>[ -~])"
    rb"|(?P<broken>\x1b(?:\[[0-?]*[ -/]*|O))"
    rb"|\x1b[^\x1b\[O]"
    rb"|[^\x1b]+"
    rb"|\x1b"
)
_UNFINISHED: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")

_PARAMS: Final = re.compile(rb"(\d{0,3})(?:;(\d{0,3}))?")

_BY_LETTER: Final = {
    code: name for keys in (XTERM_LETTERS, XTERM_PF) for name, code in keys.items()
}
_OTHER_NUMBERS: Final = {1: "Home", 4: "End", 7: "Home", 8: "End"} | {
    10 + number: f"F{number}" for number in range(1, 5)
}
"""What the Linux console, rxvt and older xterms send."""
_BY_NUMBER: Final = _OTHER_NUMBERS | {number: name for name, number in XTERM_NUMBERS.items()}

_MODIFIER_CODES: Final = range(1, 17)
"""One more than the sum of xterm's modifiers: shift 1, alt 2, ctrl 4, and meta 8, which is left
out since no guest here has it."""
_ALL_MODIFIERS: Final = Modifier.SHIFT | Modifier.ALT | Modifier.CTRL


class Write(NamedTuple):
    """Send this to the port."""

    data: bytes


class Hint(NamedTuple):
    """Tell the user that a key was left out, and why. It is no error."""

    text: str


Command: TypeAlias = Write | Hint


@carried(without={"profile": "set from the guest's state"})
class Translator:
    """One client's keyboard."""

    __slots__ = ("_held", "_held_at", "_line", "profile")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        """The guest's key profile. Set it whenever it changes with the guest's state."""
        self._held = b""
        self._held_at = -math.inf
        self._line = 0

    def feed(self, data: bytes, now: float) -> list[Command]:
        """Take what the terminal sent, in pieces of any size, at `now` (seconds)."""
        if not self._held and len(data) == 1 and b" " <= data <= b"~":  # a user waits for its echo
            self._line = min(SAC_LINE_MAX, self._line + 1)
            return [Write(data)]
        if not self._held and b"\x1b" not in data:  # the usual case: a key without a sequence
            text = self._text(data)
            return [Write(text)] if text else []
        commands = self.expire(now)
        whole, self._held = self._held + data, b""
        if self.profile is Profile.XTERM:
            return _merged(commands + self._written(whole))
        unfinished = _UNFINISHED.search(whole, max(0, len(whole) - MAX_SEQUENCE))
        if unfinished:
            self._held, whole = unfinished[0], whole[: unfinished.start()]
            if len(self._held) <= len(data):
                self._held_at = now
        return _merged(commands + self._translate(whole))

    def expire(self, now: float) -> list[Command]:
        """Let go of a held ESC if it is due. Nothing happens before `deadline()`."""
        if not self._held or now < self._held_at + ESC_HOLD:
            return []
        held, self._held = self._held, b""
        if self.profile is Profile.SAC and held != b"\x1b":
            return [Hint(SAC_HINT)]
        return self._written(held)

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        return self._held_at + ESC_HOLD if self._held else None

    def press(self, keys: Iterable[Key]) -> bytes:
        """Give the bytes for keys pressed by name.

        Raises `Unsupported` when the profile has no code for one of them; then none is pressed.
        """
        data = b"".join(encode(key, self.profile) for key in keys)
        return self._text(data)

    def wrote(self, data: bytes) -> None:
        """Take note of what went to the guest past the translator: a paste, for example."""
        self._follow(data)

    def _translate(self, data: bytes) -> list[Command]:
        commands: list[Command] = []
        for token in _TOKEN.finditer(data):
            if token.lastgroup:
                commands.append(self._sequence(token))
            else:
                commands.append(Write(self._text(token[0])))
        return commands

    def _sequence(self, token: re.Match[bytes]) -> Command:
        """Translate a key's sequence.

        Other sequences, such as answers to queries, pass unchanged.
        """
        key = _key(token)
        if key is None:
            return Hint(SAC_HINT) if self.profile is Profile.SAC else Write(token[0])
        try:
            return Write(encode(key, self.profile))
        except Unsupported as unsupported:
            return Hint(unsupported.detail)

    def _text(self, data: bytes) -> bytes:
        """Translate text: DEL and, at SAC, Ctrl-C. Counts the characters on the line."""
        if self.profile is not Profile.XTERM:
            data = data.replace(b"\x7f", encode(Key("Backspace"), self.profile))
        if self.profile is not Profile.SAC:
            self._follow(data)
            return data
        parts = []
        for part in re.split(rb"(\x03)", data):
            if part == b"\x03":
                part = b"\x08" * self._line  # noqa: PLW2901 - the part is what is sent
            self._follow(part)
            parts.append(part)
        return b"".join(parts)

    def _written(self, data: bytes) -> list[Command]:
        self._follow(data)
        return [Write(data)] if data else []

    def _follow(self, data: bytes) -> None:
        """Count the characters on the line at SAC. One too many costs a useless backspace."""
        _, new_line, rest = data.replace(b"\n", b"\r").rpartition(b"\r")
        count = 0 if new_line else self._line
        for byte in rest[-2 * SAC_LINE_MAX :]:
            if byte in b"\x08\x7f":
                count = max(0, count - 1)
            elif byte >= 0x20:  # noqa: PLR2004 - the first printable character
                count = min(SAC_LINE_MAX, count + 1)
        self._line = count


def _key(token: re.Match[bytes]) -> Key | None:
    """Read an xterm sequence. `None` when it is not a key's."""
    if token["final"] is None:
        return Key(_BY_LETTER[token["ss3"]]) if token["ss3"] in _BY_LETTER else None
    params = _PARAMS.fullmatch(token["params"])
    if params is None:
        return None
    number, code = int(params[1] or 1), int(params[2] or 1)
    if token["final"] == b"~":
        name = _BY_NUMBER.get(number)
    else:
        name = _BY_LETTER.get(token["final"]) if number == 1 else None
    if token["final"] == b"Z":
        return Key("Tab", Modifier.SHIFT)
    if name is None or code not in _MODIFIER_CODES:
        return None
    return Key(name, Modifier(code - 1) & _ALL_MODIFIERS)


def _merged(commands: list[Command]) -> list[Command]:
    """Join writes that follow one another, and say each hint once: a held key repeats."""
    merged: list[Command] = []
    for kind, run in groupby(commands, type):
        if kind is Write:
            data = b"".join(command.data for command in run if isinstance(command, Write))
            merged += [Write(data)] if data else []
        else:
            merged += [hint for hint in dict.fromkeys(run) if hint not in merged]
    return merged
