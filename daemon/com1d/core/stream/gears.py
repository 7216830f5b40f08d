"""The gears of a line: how it is read, and what moves it from one gear to another.

*quiet*   Polled for one event. The first byte after a silence passes on at once. *tick*    Not
polled; read once a tick. `QUIET_TICKS` ticks without a byte: quiet. *brisk*   Read several times a
tick: the guest fills what its line holds before a tick is over, and would wait for the rest of it.
*flood*   Polled for as long as it is readable. Reads of `bulk` bytes or more mean that readiness
comes seldom and with much data. *closed*  The line is over.

                     a byte           pressed ticks
             ┌───────────────────▶┐  ┌─────────────▶┐
           quiet ◀── silence ─── tick ◀── easing ── brisk
             │                   │  ▲               │
             │              bulk │  │ short reads   │
             │                   ▼  │               │
             └───── bulk ─────▶ flood ◀─── bulk ────┘

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
"""A tick that finds this share of the line's capacity comes late: the guest waits, or nearly so. At
line rate the longest tick, 12 ms, finds half of it."""

REFILLED: Final = 1.5
"""What more is found than this many capacities was written in blocks, which leave far more room. A
little more than one is found where the guest prints on while it is read."""

FULL_TICKS: Final = 3
"""Pressed ticks in a row before a line is read briskly. A daemon that was itself held finds one on
all lines at once, and to read them all more often would hold it again."""

EASED: Final = 0.3
"""A brisk reading that finds less than this share of the capacity finds a guest that prints slowly,
or is not running: 84 bytes of a Unix socket, of which line rate fills 7 in a brisk interval of 0.6
ms, and a guest that prints as fast as KVM lets it 90 to 200."""

BRISK_PATIENCE: Final = 64
"""Such readings in a row before a line is back in the tick gear: some 40 ms. On a host with fewer
cores than guests, each runs for some milliseconds and is away for some 20."""

FLOOD_PATIENCE: Final = 16
"""Short reads in a row before a flood counts as over. A pty ends reads early while its writer
refills it; leaving the gear for each of these would cost a tick of silence every time."""


class Gear(Enum):
    """How a line is read."""

    QUIET = auto()
    TICK = auto()
    BRISK = auto()
    FLOOD = auto()
    CLOSED = auto()


MOVES: Final[Mapping[Gear, frozenset[Gear]]] = {
    Gear.QUIET: frozenset({Gear.TICK, Gear.FLOOD, Gear.CLOSED}),
    Gear.TICK: frozenset({Gear.QUIET, Gear.BRISK, Gear.FLOOD, Gear.CLOSED}),
    Gear.BRISK: frozenset({Gear.TICK, Gear.FLOOD, Gear.CLOSED}),
    Gear.FLOOD: frozenset({Gear.TICK, Gear.CLOSED}),
    Gear.CLOSED: frozenset(),
}
"""From each gear to which others. A closed line stays closed."""

TICKED: Final = frozenset({Gear.TICK, Gear.BRISK})
"""Gears in which a timer has the line read, and not its readiness."""


class Gears:
    """The gear of one line. Each `after_…` says what happened and gives the gear from then on."""

    __slots__ = (
        "_bulk", "_ease", "_eased_below", "_patience", "_pressed_from", "_pressed_ticks",
        "_pressed_to", "_pressing", "_short_reads", "gear", "ordinary",
    )  # fmt: skip

    def __init__(self, bulk: int, capacity: int) -> None:
        """Begin quiet. A guest may have `capacity` bytes unread; `bulk` in one read is a flood."""
        self.gear = Gear.QUIET
        self.ordinary = 0
        """`after_tick` need not be called for a shorter read: it would change nothing. That is the
        common case, and a call saved for each port and tick."""
        self._bulk = bulk
        self._pressed_from = capacity * PRESSED
        self._pressed_to = capacity * REFILLED
        self._pressing = min(TICK_BYTES, bulk, int(self._pressed_from))
        self._eased_below = capacity * EASED
        self._patience = QUIET_TICKS
        """Silent ticks that are left until the line is polled again."""
        self._pressed_ticks = 0
        """Pressed ticks in a row."""
        self._ease = 0
        """Brisk readings in a row that found little."""
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
        """Take note of a tick, or of a brisk reading, that found nothing."""
        if self.gear is Gear.BRISK:
            return self._after_brisk(0)
        self._pressed_ticks = 0
        self._patience -= 1
        if self._patience <= 0 and self.gear is Gear.TICK:
            self._move(Gear.QUIET)
        self._reckon()
        return self.gear

    def after_tick(self, length: int) -> Gear:
        """Take note of a tick, or of a brisk reading, that found `length` bytes in all."""
        if length >= self._bulk:
            if self.gear in TICKED:
                self._move(Gear.FLOOD)
            return self.gear
        if self.gear is Gear.BRISK:
            return self._after_brisk(length)
        self._patience = max(self._patience, QUIET_TICKS)
        pressed = self._pressed_from <= length <= self._pressed_to
        self._pressed_ticks = self._pressed_ticks + 1 if pressed else 0
        if self._pressed_ticks >= FULL_TICKS and self.gear is Gear.TICK:
            self._move(Gear.BRISK)
        self._reckon()
        return self.gear

    def _after_brisk(self, length: int) -> Gear:
        self._ease = self._ease + 1 if length < self._eased_below else 0
        if self._ease >= BRISK_PATIENCE:
            self._move(Gear.TICK)
        return self.gear

    def after_read(self, length: int) -> Gear:
        """Take note of a read of `length` bytes that readiness drove, not a tick."""
        floods = length >= self._bulk
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

    def _move(self, to: Gear) -> None:
        if to not in MOVES[self.gear]:
            raise ValueError(f"a line does not go from {self.gear.name} to {to.name}")
        self.gear = to
        self._patience = QUIET_TICKS
        self._pressed_ticks = self._ease = self._short_reads = 0
        self._reckon()

    def _reckon(self) -> None:
        """Work out which reads change nothing: none, while an ordinary one would move a count."""
        settled = self._patience >= QUIET_TICKS and not self._pressed_ticks
        settled = settled and self.gear is not Gear.BRISK
        self.ordinary = self._pressing if settled else 0
