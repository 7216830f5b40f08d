"""How a line is read: its gears, and what moves it from one to another.

*quiet*   Polled for one event. The first byte after a silence passes on at once.
*tick*    Not polled; read once a tick. `QUIET_TICKS` ticks without a byte: quiet.
*flood*   Polled for as long as it is readable. Reads of `bulk` bytes or more mean that readiness
          comes seldom and full, so ticks would only hold the guest up; reads that come close to
          what the guest may have unread, that they already do.
*closed*  The line is over.

                     a byte
             ┌───────────────────▶┐
           quiet ◀── silence ── tick ◀── short reads ── flood
             └────────────── a full read ────────────────▶┘

A key moves a quiet line to the tick gear, since its echo is near, and keeps it there for
`TYPING_TICKS`, since more keys are likely.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final


TICK_BYTES: Final = 4096
"""One read in a tick, which finds some 30 bytes: Python makes room for all that is asked for, and
64 KiB of it take as long as the read."""

QUIET_TICKS: Final = 2
"""Ticks without a byte before a line is polled again. One would arm a line that prints at 115200
baud again and again, for a byte that a tick just missed."""

TYPING_TICKS: Final = 80
"""Ticks without a byte after a key: 0.2 s, within which a key that repeats or the next one typed
comes. It finds the core and its caches awake, which takes a third off its way to the guest."""

PRESSED: Final = 0.7
"""A read that finds this share of what the guest may have unread came late. More than all of it
means that the guest writes in blocks, and is far from waiting."""

FULL_TICKS: Final = 3
"""Pressed ticks in a row that make a flood. One is what a daemon finds that was held up itself, on
all of its lines: to be woken for each byte of them then would hold it up once more."""

FLOOD_PATIENCE: Final = 16
"""Short reads in a row before a flood counts as over. A pty ends reads early while its writer
refills it; leaving the gear for each of these would cost a tick of silence every time."""


class Gear(Enum):
    """How a line is read."""

    QUIET = auto()
    TICK = auto()
    FLOOD = auto()
    CLOSED = auto()


MOVES: Final[Mapping[Gear, frozenset[Gear]]] = {
    Gear.QUIET: frozenset({Gear.TICK, Gear.FLOOD, Gear.CLOSED}),
    Gear.TICK: frozenset({Gear.QUIET, Gear.FLOOD, Gear.CLOSED}),
    Gear.FLOOD: frozenset({Gear.TICK, Gear.CLOSED}),
    Gear.CLOSED: frozenset(),
}
"""From each gear to which others. A closed line stays closed."""


class Gears:
    """The gear of one line. Each `after_…` says what happened and gives the gear from then on."""

    __slots__ = (
        "_bulk", "_capacity", "_patience", "_pressed_from", "_pressed_ticks", "_pressing",
        "_short_reads", "gear", "ordinary",
    )  # fmt: skip

    def __init__(self, bulk: int, capacity: int) -> None:
        """Begin quiet. A guest may have `capacity` bytes unread; `bulk` in one read is a flood."""
        self.gear = Gear.QUIET
        self.ordinary = 0
        """`after_tick` need not be called for a shorter read: it would change nothing. That is the
        common case, and a call saved for each port and tick."""
        self._bulk = bulk
        self._capacity = capacity
        self._pressed_from = capacity * PRESSED
        self._pressing = min(TICK_BYTES, bulk, int(self._pressed_from))
        self._patience = QUIET_TICKS
        """Silent ticks that are left until the line is polled again."""
        self._pressed_ticks = 0
        """Pressed ticks in a row."""
        self._short_reads = 0
        """Short reads of a flood in a row."""

    def after_key(self) -> Gear:
        """Take note that something is written to the line, whose echo is near."""
        if self.gear is Gear.QUIET:
            self._move(Gear.TICK)
        waned, self._patience = self._patience < QUIET_TICKS, TYPING_TICKS
        if waned:
            self._reckon()
        return self.gear

    def after_silence(self) -> Gear:
        """Take note of a tick that found nothing."""
        self._pressed_ticks = 0
        self._patience -= 1
        if self._patience <= 0 and self.gear is Gear.TICK:
            self._move(Gear.QUIET)
        self._reckon()
        return self.gear

    def after_tick(self, length: int) -> Gear:
        """Take note of a tick that found `length` bytes, whatever it took to read them all."""
        self._patience = max(self._patience, QUIET_TICKS)
        self._pressed_ticks = self._pressed_ticks + 1 if self._floods(length) else 0
        full = length >= self._bulk or self._pressed_ticks >= FULL_TICKS
        if full and self.gear is Gear.TICK:
            self._move(Gear.FLOOD)
        self._reckon()
        return self.gear

    def after_read(self, length: int) -> Gear:
        """Take note of a read of `length` bytes that readiness drove, not a tick."""
        floods = self._floods(length)
        if self.gear is Gear.QUIET:
            self._move(Gear.FLOOD if floods else Gear.TICK)
        elif self.gear is Gear.FLOOD:
            self._short_reads = 0 if floods else self._short_reads + 1
            if self._short_reads >= FLOOD_PATIENCE:
                self._move(Gear.TICK)
        return self.gear

    def close(self) -> None:
        """End: no gear follows. Safe to call twice."""
        if self.gear is not Gear.CLOSED:
            self._move(Gear.CLOSED)

    def _floods(self, length: int) -> bool:
        return length >= self._bulk or self._pressed_from <= length <= self._capacity

    def _move(self, to: Gear) -> None:
        if to not in MOVES[self.gear]:
            raise ValueError(f"a line does not go from {self.gear.name} to {to.name}")
        self.gear = to
        self._patience = QUIET_TICKS
        self._pressed_ticks = self._short_reads = 0
        self._reckon()

    def _reckon(self) -> None:
        """Work out which reads change nothing: none, while an ordinary one would reset a count."""
        settled = self._patience >= QUIET_TICKS and not self._pressed_ticks
        self.ordinary = self._pressing if settled else 0
