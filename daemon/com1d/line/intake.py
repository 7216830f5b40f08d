"""The intake: reads what the guest prints, in the gears of `core.stream.gears`, and delivers it."""

import os
from collections.abc import Callable
from typing import Final

from com1d.core.carried import carried
from com1d.core.stream.gears import TICK_BYTES, TICKED, Gear, Gears
from com1d.line.fanout import Fanout
from com1d.line.polled import ReadEnd
from com1d.loop.poller import IN, ONCE
from com1d.loop.ticker import OVER, Ticker
from com1d.ports.base import Line
from com1d.ports.unread import unread


READ_BYTES: Final = 65536
"""Bytes of one read, which is the budget of a port per turn: what a FIFO holds by default. A line
that has more is served again in its turn."""

TELLING: Final = 1 / 8
"""A read of this share of the capacity is worth a system call (FIONREAD) that tells how much is
left: a pty ends reads at a fifth, a tick at less."""

LAST_READS: Final = 32
"""Reads after a failed write: 2 MiB, more than any pipe, pty or socket of a gone VM still holds."""


@carried(
    without={
        "_capacity": "of the line",
        "_end": "of the line",
        "_ended": "of the feed",
        "_fanout": "of the console",
        "_fd": "of the line",
        "_gears": "found anew within some ticks",
        "_telling": "of the line",
        "_ticker": "of the process",
    }
)
class Intake:
    """Reads one line until it ends. Its `tick` is for the `Ticker`."""

    __slots__ = (
        "_capacity", "_end", "_ended", "_fanout", "_fd", "_gears", "_remarkable", "_telling",
        "_ticker", "fullest", "reads",
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

        `ended` is called when the line is over: with the error, or None where its other end closed.
        """
        self._fd = line.read_fd
        self._end = end
        self._ticker = ticker
        self._fanout = fanout
        self._ended = ended
        self._gears = Gears(line.bulk, line.capacity)
        self._capacity = line.capacity
        self.fullest = 0
        """The most bytes ever found unread, which tell how near the guest came to waiting."""
        self.reads = 0
        """Reads that found something: bytes by reads tell how much came at once."""
        self._telling = min(READ_BYTES, max(line.bulk, int(line.capacity * TELLING)))
        """A read of this length or more may have left bytes unread that `fullest` has to count."""
        self._remarkable = 1
        """A read shorter than this cannot change `fullest`."""
        end.on_input = self._on_input

    @property
    def fd(self) -> int:
        """The descriptor that is read."""
        return self._fd

    @property
    def gear(self) -> Gear:
        """How the line is read."""
        return self._gears.gear

    def close(self) -> None:
        """Read no more; safe to call twice."""
        if self._gears.gear in TICKED:
            self._ticker.remove(self)
        self._gears.close()
        self._end.close()
        self._ended = _nobody

    def tick(self) -> int:
        """Read once; give how many bytes, or their complement where the line streams no more."""
        try:
            data = os.read(self._fd, TICK_BYTES)
        except BlockingIOError:
            return self._found_nothing()
        except OSError as error:
            self._ended(error)
            return OVER
        if not data:
            self._ended(None)
            return OVER
        self.reads += 1
        # `Fanout.deliver`, written out: one Python call less for each port and tick.
        for take in self._fanout.takers:
            take(data)
        length = len(data)
        if length >= self._remarkable:
            self._measure(length)
        if length >= self._gears.ordinary:
            return self._found(length)
        return length

    def _found_nothing(self) -> int:
        before = self._gears.gear
        after = self._gears.after_silence()
        if after in TICKED:
            self._keep_time(before, after)
            return 0
        self._end.await_input(IN | ONCE)
        return OVER

    def _found(self, length: int) -> int:
        """Choose the gear after a tick that read `length` bytes at first."""
        # A full read means that there is more: read it now and not a tick later.
        if length == TICK_BYTES and self._gears.gear in TICKED:
            length += self._read(READ_BYTES)
            self._measure(length)
        before = self._gears.gear
        if before not in TICKED:  # a taker has closed it
            return ~length
        after = self._gears.after_tick(length)
        if after in TICKED:
            self._keep_time(before, after)
            return length
        self._end.await_input(IN)
        return ~length

    def _keep_time(self, before: Gear, after: Gear) -> None:
        """Have the line read more often from now on, or less, where its gear has changed."""
        if after is not before:
            self._ticker.hasten(self, brisk=after is Gear.BRISK)

    def expect_echo(self) -> None:
        """Expect the guest's echo of bytes just written: see `Gears.after_key`."""
        before = self._gears.gear
        if self._gears.after_key() not in TICKED:
            return
        if before in TICKED:
            # Armed once beside the ticks, so that the echo does not wait for the next one.
            self._end.await_input(IN | ONCE)
        else:  # a quiet line is armed already
            self._ticker.add(self)

    def _on_input(self) -> None:
        length = self._read(READ_BYTES)
        if length >= self._remarkable:
            self._measure(length)
        before = self._gears.gear
        if not length:
            # Nothing was there, but the one-shot event is used up: arm it again.
            if before is Gear.QUIET:
                self._end.await_input(IN | ONCE)
            return
        self._end.passed_on(length)
        after = self._gears.after_read(length)
        if after is not before:
            self._shift(after)

    def _shift(self, gear: Gear) -> None:
        """Change to `gear` after a read that readiness caused."""
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
        self.reads += 1
        self._fanout.deliver(data)
        return len(data)

    def read_last_words(self) -> None:
        """Deliver what the line still holds, after a write to it has failed."""
        for _ in range(LAST_READS):
            try:
                data = os.read(self._fd, READ_BYTES)
            except OSError:
                break
            if not data:
                break
            self._fanout.deliver(data)

    def measure_anew(self) -> None:
        """Forget `fullest`, so that it tells of the time from now on."""
        self.fullest, self._remarkable = 0, 1

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
    """Ignore the end of a line that was reported before."""
