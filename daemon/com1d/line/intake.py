"""What the guest prints comes in: read in the gears of `core.stream.gears`, and passed on."""

import os
from collections.abc import Callable
from typing import Final

from com1d.core.stream.gears import TICK_BYTES, Gear, Gears
from com1d.line.fanout import Fanout
from com1d.line.polled import ReadEnd
from com1d.loop.poller import IN, ONCE
from com1d.loop.ticker import Ticker
from com1d.ports.base import Line
from com1d.ports.unread import unread


READ_BYTES: Final = 65536
"""One read, and so the budget of one port per turn: what a FIFO holds by default. A line that had
more is served again in its turn."""

TELLING: Final = 1 / 8
"""A read that finds this share is worth a system call that asks how much it left: a pty ends reads
at a fifth, a tick at less."""

LAST_READS: Final = 32
"""Reads after a failed write: 2 MiB, more than any pipe, pty or socket of a gone VM still holds."""


class Intake:
    """Reads one line until it ends. Its `tick` is for the `Ticker`."""

    __slots__ = (
        "_capacity", "_end", "_ended", "_fanout", "_fd", "_gears", "_remarkable", "_telling",
        "_ticker", "fullest",
    )  # fmt: skip

    def __init__(
        self,
        line: Line,
        end: ReadEnd,
        ticker: Ticker,
        *,
        fanout: Fanout,
        ended: Callable[[OSError | None], None],
    ) -> None:
        """Start reading. `fanout` gets what the guest printed.

        `ended` is told when the line is over: with the error, or None where its other end closed.
        """
        self._fd = line.read_fd
        self._end = end
        self._ticker = ticker
        self._fanout = fanout
        self._ended = ended
        self._gears = Gears(line.bulk, line.capacity)
        self._capacity = line.capacity
        self.fullest = 0
        """The most bytes that were found unread: how near the guest came to having to wait."""
        self._telling = min(READ_BYTES, max(line.bulk, int(line.capacity * TELLING)))
        """A read as long as this may have left more behind, of which `fullest` should know."""
        self._remarkable = 1
        """A read shorter than this cannot change `fullest`."""
        end.on_input = self._on_input

    def close(self) -> None:
        """Read no more; safe to call twice."""
        if self._gears.gear is Gear.TICK:
            self._ticker.remove(self)
        self._gears.close()
        self._end.close()
        self._ended = _nobody

    def tick(self) -> bool:
        """Read once; say whether the line still streams. See `Ticker`."""
        try:
            data = os.read(self._fd, TICK_BYTES)
        except BlockingIOError:
            return self._found_nothing()
        except OSError as error:
            self._ended(error)
            return False
        if not data:
            self._ended(None)
            return False
        for take in self._fanout.takers:
            take(data)
        length = len(data)
        if length >= self._remarkable:
            self._measure(length)
        if length >= self._gears.ordinary:
            return self._found(length)
        return True

    def _found_nothing(self) -> bool:
        if self._gears.after_silence() is Gear.TICK:
            return True
        self._end.await_input(IN | ONCE)
        return False

    def _found(self, length: int) -> bool:
        """Choose the gear after a tick that read `length` bytes at first."""
        if length == TICK_BYTES and self._gears.gear is Gear.TICK:
            length += self._read(READ_BYTES)
            self._measure(length)
        if self._gears.gear is not Gear.TICK:  # a taker has closed it
            return False
        if self._gears.after_tick(length) is Gear.TICK:
            return True
        self._end.await_input(IN)
        return False

    def expect_echo(self) -> None:
        """Wait for what the guest answers to something that was just written."""
        before = self._gears.gear
        if self._gears.after_key() is not Gear.TICK:
            return
        if before is Gear.TICK:
            self._end.await_input(IN | ONCE)
        else:  # a quiet line is polled already
            self._ticker.add(self)

    def _on_input(self) -> None:
        length = self._read(READ_BYTES)
        if length >= self._remarkable:
            self._measure(length)
        before = self._gears.gear
        if not length:
            if before is Gear.QUIET:
                self._end.await_input(IN | ONCE)
            return
        after = self._gears.after_read(length)
        if after is not before:
            self._shift(after)

    def _shift(self, gear: Gear) -> None:
        """Read in the `gear` that readiness has led to."""
        if gear is Gear.FLOOD:
            self._end.await_input(IN)
        else:
            self._end.await_input(0)
            self._ticker.add(self)

    def _read(self, most: int) -> int:
        """Read once and pass it on; give how many bytes that were. 0 also where the line ended."""
        try:
            data = os.read(self._fd, most)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._ended(error)
            return 0
        if not data:
            self._ended(None)
            return 0
        self._fanout.deliver(data)
        return len(data)

    def read_last_words(self) -> None:
        """Pass on what a line still holds that takes no more writes."""
        for _ in range(LAST_READS):
            try:
                data = os.read(self._fd, READ_BYTES)
            except OSError:
                break
            if not data:
                break
            self._fanout.deliver(data)

    def _measure(self, length: int) -> None:
        """Note how much was unread, after a read of `length` bytes."""
        if length > self._capacity:  # a guest that writes in blocks, and is far from waiting
            return
        if length >= self._telling and self._gears.gear is not Gear.CLOSED:
            length = min(length + unread(self._fd), self._capacity)
        if length > self.fullest:
            self.fullest = length
            self._remarkable = min(length + 1, self._telling)


def _nobody(_error: OSError | None) -> None:
    """Hear that a line is over whose end was told before."""
