"""Boots of a guest, from two kinds of signs: the hypervisor's events, and the output.

A boot leaves several signs. `system_reset` alone gives three RESET events within 50 ms, then the
firmware prints its banner, then the kernel its first line (all measured with QEMU 7.2, SeaBIOS
1.16 and OVMF 2022.11). `fold` makes one boot of them: the signs of a boot come in the order of
`Stage`, and a sign of a stage that was already reached is the next boot.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from enum import IntEnum
from itertools import pairwise
from typing import Any, Final, NamedTuple

from com1d.core.carried import carried, carried_enum
from com1d.core.store.layout import KIB
from com1d.values import dataclass


HEAD_BYTES: Final = 256 * KIB
"""Bytes of each boot's beginning, kept longer than other output: a verbose Linux boot prints some
60 KiB."""

BOOTS_MAX: Final = 100
"""Boots remembered. They are written down anew with every segment; a guest that starts over and
over prints little in each."""

FOLD_SECONDS: Final = 0.5
FOLD_BYTES: Final = 4 * KIB
"""How near to a boot's beginning a RESET still belongs to it, and how far after a RESET the
firmware's banner may be its first words: the events and the bytes come by different ways, and the
bytes know their time to 0.2 s."""

REACH_BYTES: Final = 64 * KIB
"""Bytes from the hypervisor's event to the boot's first sign in the text, at most: boot menus
without a known sign may come in between. A later sign belongs to another boot, of which the
hypervisor did not tell."""


@carried_enum
class Stage(IntEnum):
    """How far a boot has come, by its signs."""

    POWER = 0
    """The hypervisor reset or started the machine."""
    FIRMWARE = 1
    SYSTEM = 2
    """A kernel speaks: Linux at time 0, or Windows' SAC."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign that the guest begins anew."""

    offset: int
    at: float
    """Seconds since 1970."""
    stage: Stage
    cause: str


@carried()
@dataclass(frozen=True, slots=True)
class Boot:
    """One life of the guest."""

    offset: int
    """Where in the stream it begins."""
    at: float
    cause: str
    """What the hypervisor said, such as `reset`; else the first sign in the text: `firmware`,
    `kernel`, `sac` or `systemd`."""
    stage: Stage
    number: int = 0
    """How many were before it since the log began, forgotten ones included."""

    def as_json(self) -> dict[str, Any]:
        """Give what `from_json` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Boot":
        """Read back what `as_json` gave."""
        return cls(**facts | {"stage": Stage(facts["stage"])})


def fold(boots: tuple[Boot, ...], sign: Sign) -> tuple[Boot, ...]:
    """Take one more sign in: a new boot, or more about the last one."""
    if not boots or not _belongs(boots[-1], sign):
        # Bytes before the first sign belong to a boot, too.
        number = boots[-1].number + 1 if boots else int(sign.offset > 0)
        fresh = Boot(sign.offset, sign.at, sign.cause, sign.stage, number)
        return (*boots, fresh)[-BOOTS_MAX:]
    return (*boots[:-1], _merge(boots[-1], sign))


def _belongs(boot: Boot, sign: Sign) -> bool:
    if sign.stage is not Stage.POWER:
        near = boot.stage is not Stage.POWER or sign.offset - boot.offset <= REACH_BYTES
        return near and sign.stage > boot.stage
    silent = boot.stage is Stage.POWER and sign.offset == boot.offset
    return silent or (_is_soon(boot, sign) and abs(sign.offset - boot.offset) <= FOLD_BYTES)


def _is_soon(boot: Boot, sign: Sign) -> bool:
    return abs(sign.at - boot.at) <= FOLD_SECONDS


def _merge(boot: Boot, sign: Sign) -> Boot:
    if sign.stage is Stage.POWER and boot.stage is Stage.POWER:
        # The same event again; or a much later one, of a guest that printed nothing in between.
        return boot if _is_soon(boot, sign) else replace(boot, at=sign.at, cause=sign.cause)
    if sign.stage is Stage.POWER:
        return replace(boot, cause=sign.cause)  # the event was slower than the text
    # The event overtook the last bytes of the boot before: the banner gives the exact place.
    first_words = sign.stage is Stage.FIRMWARE and 0 <= sign.offset - boot.offset <= FOLD_BYTES
    return replace(boot, stage=sign.stage, offset=sign.offset if first_words else boot.offset)


def in_head(boots: Sequence[Boot], offset: int, head: int) -> bool:
    """Tell whether `offset` is among the first `head` bytes of a boot."""
    return any(boot.offset <= offset < boot.offset + head for boot in boots)


def next_turn(boots: Sequence[Boot], offset: int, head: int) -> int | None:
    """Give the next offset after `offset` at which a boot's first `head` bytes begin or end."""
    edges = (edge for boot in boots for edge in (boot.offset, boot.offset + head))
    return min((edge for edge in edges if edge > offset), default=None)


def present(boots: Sequence[Boot], kept: Iterable[tuple[int, int]]) -> tuple[Boot, ...]:
    """Give the boots of which a byte is within one of the ranges `kept`, and always the last."""
    ranges = list(kept)
    lives = [(boot, after.offset) for boot, after in pairwise(boots)]
    alive = [b for b, end in lives if any(s < end and b.offset < stop for s, stop in ranges)]
    return (*alive, *boots[-1:])


LOOK_BACK: Final = 512
"""Bytes before a piece that are looked at again: a sign may be cut in two, and what stands before
it tells whether it is one."""

_LINUX: Final = b"] Linux version "

_CONTROL: Final = rb"\x1b\[[0-9;=?]*[A-Za-z]"
_SEABIOS_BEFORE: Final = re.compile(rb"\x1bc(?:" + _CONTROL + rb")*\Z")
"""SeaBIOS resets the terminal first: `ESC c`, then modes."""
_EDK2_BEFORE: Final = re.compile(rb"(?:\x1b\[2J|\x1b\[01;01H|\x1b\[=\d+h)+\Z")
"""EDK2 sets the terminal's mode once for each of its consoles, right before its first words. Later
words of BdsDxe, such as of the next boot device, follow a line feed."""
_LINUX_BEFORE: Final = re.compile(rb"\[ *0\.000000\](?:\[ *[A-Z][0-9]+\])?\Z")
_LINE_BEFORE: Final = re.compile(rb"(?:[\r\n]|\[ *\d+\.\d+\] |\[[A-Z]{3,8}\] +)\0*\Z")
_OK_BEFORE: Final = re.compile(
    rb"\[(?:" + _CONTROL + rb")*  OK  (?:" + _CONTROL + rb")*\] (?:" + _CONTROL + rb")*\Z"
)
_HOST_BEFORE: Final = re.compile(rb"[\r\n][\w.-]{1,60}\Z")
_ASKED_FOR: Final = re.compile(
    rb"[#$>%] .*\b(?:dmesg|journalctl|cat|zcat|less|more|head|tail|grep)\b.*(?:\n.*){0,2}\n\Z"
)
"""A command at a prompt, at most two lines above: a user reads an old kernel log."""


class SignFinder:
    """Finds signs in the text of a stream that comes in pieces.

    One boot prints several signs of a stage, such as U-Boot's two parts, or a kernel's first line
    and then systemd's welcome. They have an order, so only the first of them is a sign.
    """

    __slots__ = ("_before", "_end", "_ranks")

    def __init__(self) -> None:
        self._before = b""
        self._end = 0
        self._ranks: tuple[Stage, int] = (Stage.POWER, 0)
        """The stage of the latest sign, and its place in the order of that stage."""

    def feed(self, offset: int, data: bytes, at: float) -> list[Sign]:
        """Look through the piece that begins at `offset` and give the signs that it completes."""
        if offset != self._end:
            self._before = b""
        before = self._before
        text = before + data
        start = offset - len(before)
        seen = []
        for sign in _SIGNS:
            found = text.find(sign.needle, max(0, len(before) - len(sign.needle) + 1))
            while found >= 0:
                begin = sign.find(text, found)
                if begin is not None:
                    seen.append((start + begin, sign))
                found = text.find(sign.needle, found + len(sign.needle))
        self._before = text[-LOOK_BACK:]
        self._end = offset + len(data)
        return [
            Sign(begin, at, sign.stage, sign.cause)
            for begin, sign in sorted(seen, key=lambda one: one[0])
            if self._is_first(sign)
        ]

    def _is_first(self, sign: "_Text") -> bool:
        before, self._ranks = self._ranks, (sign.stage, sign.rank)
        if not sign.cause:
            return False
        if before[0] is not sign.stage:
            return True
        return sign.rank < before[1] or (sign.rank == before[1] and not sign.again)


def _seabios(text: bytes, found: int) -> int:
    before = _SEABIOS_BEFORE.search(text, max(0, found - LOOK_BACK), found)
    return before.start() if before else found


def _edk2(text: bytes, found: int) -> int | None:
    before = _EDK2_BEFORE.search(text, max(0, found - LOOK_BACK), found)
    return before.start() if before and b"[=" in before[0] else None


def _linux(text: bytes, found: int) -> int | None:
    before = _LINUX_BEFORE.search(text, max(0, found - LOOK_BACK), found + 1)
    return None if before is None else _unasked(text, before.start())


def _at_line(text: bytes, found: int) -> int | None:
    """Match a text that begins its line and was not shown by a command."""
    before = re.sub(_CONTROL, b"", text[max(0, found - LOOK_BACK) : found])
    begun = not before or _LINE_BEFORE.search(before) is not None
    return _unasked(text, found) if begun else None


def _unit(text: bytes, found: int) -> int | None:
    """Match one of systemd's first status lines: `[  OK  ] Created slice …`."""
    before = _OK_BEFORE.search(text, max(0, found - 64), found)
    return None if before is None else _unasked(text, before.start())


def _login(text: bytes, found: int) -> int | None:
    """Match a login prompt behind the name of a host: the boot is over."""
    return found if _HOST_BEFORE.search(text, max(0, found - 64), found) else None


def _unasked(text: bytes, begin: int) -> int | None:
    above = text[max(0, begin - LOOK_BACK) : begin]
    return None if _ASKED_FOR.search(re.sub(_CONTROL, b"", above)) else begin


class _Text(NamedTuple):
    """A text that a boot prints."""

    needle: bytes
    find: Callable[[bytes, int], int | None]
    """Gives where the boot's first byte is, or None where the text only looks like it."""
    stage: Stage
    cause: str
    """Empty for the end of a boot, which is no sign of another."""
    rank: int
    """Its place among the signs of its stage in one boot."""
    again: bool = False
    """Whether one boot may print it twice."""


_SIGNS: Final = (
    *(
        _Text(needle, find, Stage.FIRMWARE, "firmware", rank)
        for needle, find, rank in (
            (b"NOTICE:  BL1: v", _at_line, 0),
            (b"coreboot-", _at_line, 0),
            (b"U-Boot SPL 20", _at_line, 1),
            (b"OpenSBI v", _at_line, 2),
            (b"SeaBIOS (version ", _seabios, 3),
            (b"BdsDxe: ", _edk2, 3),
            (b"U-Boot 20", _at_line, 3),
            (b"SLOF **********", _at_line, 3),
        )
    ),
    *(
        _Text(needle, find, Stage.SYSTEM, cause, rank)
        for needle, find, cause, rank in (
            (b"(XEN) Xen version ", _at_line, "kernel", 0),
            (_LINUX, _linux, "kernel", 1),
            (b"---<<BOOT>>---", _at_line, "kernel", 1),
            (b"Copyright (c) 1996, 1997, 1998, 1999,", _at_line, "kernel", 1),
            (b"SunOS Release 5.", _at_line, "kernel", 1),
            (b"Copyright (c) 1992-", _at_line, "kernel", 2),
            (b"Copyright (c) 2003-", _at_line, "kernel", 2),
            (b"Copyright (c) 1995-", _at_line, "kernel", 2),
            (b"Computer is booting, SAC started and initialized.", lambda _, at: at, "sac", 3),
        )
    ),
    # Of a boot that is silent up to systemd, which prints several of these, and none when it is up.
    _Text(b"Created slice ", _unit, Stage.SYSTEM, "systemd", 4, again=True),
    _Text(b"Listening on ", _unit, Stage.SYSTEM, "systemd", 4, again=True),
    _Text(b" login: ", _login, Stage.SYSTEM, "", 9),
)  # fmt: skip
"""Plain searches for a fixed text, some µs for what a line prints in 150 ms; an expression for all
of them together takes several times as long."""
