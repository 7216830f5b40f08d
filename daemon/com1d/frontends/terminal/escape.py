"""Splits what a user's terminal sends into keys, pastes, answers and the menu key.

A read from a terminal ends anywhere: a pasted text may hold the menu key in its middle, and a key
may come in two parts. So nothing here looks at where a read began or ended; any division of the
same bytes gives the same tokens. Bytes that could still become another token are held back until
the next byte, or until `patience` seconds have passed and the caller calls `expire()`.
"""

import re
from enum import Enum, auto
from typing import Final, TypeAlias

from com1d.frontends.terminal.encodings import MENU_KEY, menu_key
from com1d.values import dataclass


KEY_PATIENCE: Final = 0.05
"""Seconds after which an ESC with nothing behind it was the key itself. Terminals send a sequence
in one write; this is short of what a hand needs for two keys."""

SEQUENCE_PATIENCE: Final = 1.0
"""Seconds after which a sequence that has begun, as no hand begins one, will not be finished: its
parts may come through ssh as two packets."""

PASTE_PATIENCE: Final = 5.0
"""Seconds of silence after which a paste is over although its end never came. Terminals send a
paste without a pause; without this a lost end mark would lock the menu key out for good."""

SEQUENCE_MAX: Final = 1024
"""Bytes of one escape sequence that are held back. The longest answer that terminals give, a list
of capabilities, stays far below."""

PASTE_MAX: Final = 65536
"""Bytes of one paste that are held until its end. The daemon's limit is 2,048 characters unless
configured; what is longer than this is only counted, because it would be refused as a whole."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key, or a piece of a text that is typed: what the terminal sent for it."""

    data: bytes


@dataclass(frozen=True, slots=True)
class MenuKey:
    """Ctrl-], in whichever of its encodings."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the terminal to a query in the output."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Paste:
    """A bracketed paste, without its brackets."""

    data: bytes
    """Empty when the paste was longer than `PASTE_MAX`."""
    size: int
    """How many bytes it had."""


Token: TypeAlias = Key | MenuKey | Answer | Paste

_PASTE_BEGIN: Final = b"\x1b[200~"
_PASTE_END: Final = b"\x1b[201~"
_ANSWER: Final = re.compile(
    rb"\x1b\[(?:"
    rb"\d+;\d+R|\?[\d;]+R"  # cursor position: CPR, DECXCPR
    rb"|[?>=][\d;]*c"  # device attributes: DA1, DA2, DA3
    rb"|\??[\d;]*n"  # device status: DSR
    rb"|[\d;]+t"  # window operations: xterm
    rb"|[\d;]+x"  # terminal parameters: DECREPTPARM
    rb"|\??[\d;]+\$y"  # mode report: DECRPM
    rb"|\?\d*u)"  # keyboard flags: kitty
)
"""Answers in the form of control sequences. Shift-F3 of some terminals looks like a position."""

_BY_HAND: Final = 2
"""Bytes of a sequence's beginning that are also keys: ESC, and Alt with `[`, `O` or `]`."""

_ESC, _BEL, _LAST = 0x1B, 0x07, 0x7E
_STRING_STARTS: Final = b"]P^_X"
"""OSC, DCS, PM, APC and SOS begin a string that BEL or ESC backslash ends. No key sends one."""


class _State(Enum):
    GROUND = auto()
    ESCAPE = auto()
    CONTROL = auto()
    SHIFT = auto()
    STRING = auto()
    STRING_ESCAPE = auto()
    PASTE = auto()


class Keyboard:
    """The state between two reads."""

    def __init__(self) -> None:
        self._state = _State.GROUND
        self._held = bytearray()
        self._dropped = 0

    @property
    def patience(self) -> float | None:
        """Seconds to wait for the next byte before calling `expire`; none while nothing is held."""
        if self._state is _State.GROUND:
            return None
        if self._state is _State.PASTE:
            return PASTE_PATIENCE
        return KEY_PATIENCE if len(self._held) <= _BY_HAND else SEQUENCE_PATIENCE

    def feed(self, data: bytes) -> list[Token]:
        """Take what was read, and give what is certain by now."""
        tokens: list[Token] = []
        position = 0
        while position < len(data):
            if self._state is _State.PASTE:
                position = self._pasted(data, position, tokens)
            else:
                self._byte(data[position], tokens)
                position += 1
        return tokens

    def expire(self) -> list[Token]:
        """Stop waiting, and give the held bytes as the token that they look like."""
        tokens: list[Token] = []
        if self._state is _State.PASTE:
            self._end_paste(len(self._held), tokens)
        else:
            self._release(tokens)
        return tokens

    def _byte(self, byte: int, tokens: list[Token]) -> None:
        match self._state:
            case _State.GROUND:
                self._ground(byte, tokens)
            case _State.ESCAPE:
                self._escape(byte, tokens)
            case _State.SHIFT:
                self._sequence(byte, tokens, last=True)
            case _State.CONTROL:
                # The Linux console sends F1 to F5 as ESC [ [ A to E.
                inner = byte == ord("[") and self._held == b"\x1b["
                self._sequence(byte, tokens, last=byte >= ord("@") and not inner)
            case _State.STRING | _State.STRING_ESCAPE:
                self._string(byte, tokens)

    def _ground(self, byte: int, tokens: list[Token]) -> None:
        if byte == _ESC:
            self._held.append(byte)
            self._state = _State.ESCAPE
        elif byte == MENU_KEY[0]:
            tokens.append(MenuKey())
        else:
            tokens.append(Key(bytes((byte,))))

    def _escape(self, byte: int, tokens: list[Token]) -> None:
        if byte == ord("["):
            self._hold(byte, _State.CONTROL, tokens)
        elif byte == ord("O"):
            self._hold(byte, _State.SHIFT, tokens)
        elif byte in _STRING_STARTS:
            self._hold(byte, _State.STRING, tokens)
        else:
            self._sequence(byte, tokens, last=True)

    def _sequence(self, byte: int, tokens: list[Token], *, last: bool) -> None:
        if not ord(" ") <= byte <= _LAST:  # not part of any sequence
            self._release(tokens)
            self._ground(byte, tokens)
        elif last:
            self._held.append(byte)
            self._finish(tokens)
        else:
            self._hold(byte, self._state, tokens)

    def _string(self, byte: int, tokens: list[Token]) -> None:
        if self._state is _State.STRING_ESCAPE and byte != ord("\\"):
            self._held.pop()  # another sequence began inside: this was no string
            self._release(tokens)
            self._byte(_ESC, tokens)
            self._byte(byte, tokens)
        elif byte in (_BEL, ord("\\")) and (byte == _BEL or self._state is _State.STRING_ESCAPE):
            tokens.append(Answer(self._take(byte)))
        elif byte == _ESC:
            self._hold(byte, _State.STRING_ESCAPE, tokens)
        elif byte < ord(" "):
            self._release(tokens)
            self._ground(byte, tokens)
        else:
            self._hold(byte, _State.STRING, tokens)

    def _finish(self, tokens: list[Token]) -> None:
        sequence = self._take()
        if sequence == _PASTE_BEGIN:
            self._state = _State.PASTE
        elif (went_down := menu_key(sequence)) is not None:
            if went_down:
                tokens.append(MenuKey())
        elif _ANSWER.fullmatch(sequence):
            tokens.append(Answer(sequence))
        elif sequence != _PASTE_END:  # a guest never sees the marks, not even a stray one
            tokens.append(Key(sequence))

    def _hold(self, byte: int, state: _State, tokens: list[Token]) -> None:
        self._held.append(byte)
        self._state = state
        if len(self._held) >= SEQUENCE_MAX:
            self._release(tokens)

    def _release(self, tokens: list[Token]) -> None:
        held = self._take()
        if held:
            tokens.append(Key(held))

    def _take(self, *more: int) -> bytes:
        held = bytes(self._held) + bytes(more)
        self._held.clear()
        self._state = _State.GROUND
        return held

    def _pasted(self, data: bytes, position: int, tokens: list[Token]) -> int:
        """Take paste bytes from `position` on; give the position behind those that belong to it."""
        known = len(self._held)
        self._held += data[position:]
        end = self._held.find(_PASTE_END, max(0, known - len(_PASTE_END)))
        if end >= 0:
            used = end + len(_PASTE_END) - known
            self._end_paste(end, tokens)
            return position + used
        if len(self._held) > PASTE_MAX + len(_PASTE_END):
            surplus = len(self._held) - len(_PASTE_END)
            self._dropped += surplus
            del self._held[:surplus]
        return len(data)

    def _end_paste(self, size: int, tokens: list[Token]) -> None:
        total = self._dropped + size
        text = bytes(self._held[:size]) if total <= PASTE_MAX else b""
        self._dropped = 0
        self._take()
        tokens.append(Paste(text, total))
