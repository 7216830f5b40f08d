"""One open line: what the guest prints comes in, what the active session types goes out.

Reading has three gears.

*quiet*  armed in epoll for one event. The first byte after silence passes on at once.
*tick*   not polled; the `Ticker` reads once a tick. `QUIET_TICKS` ticks without a byte: quiet.
*flood*  polled level-triggered. Reads of `line.bulk` bytes or more mean that readiness comes
         seldom and full, so ticks would only hold the guest up; reads that come close to
         `line.capacity`, that they already do.

A key puts a quiet line into the tick gear, and arms a line in that gear once more, so that its echo
does not wait for a tick. For `TYPING_TICKS` the line stays there, since more keys are likely.
"""

import asyncio
import fcntl
import os
import sys
import termios
from collections.abc import Callable
from typing import Final

from com1d.core.session.session import SessionId
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.transmit import RESUME_BYTES, TransmitQueue
from com1d.loop.poller import IN, ONCE, OUT, Poller
from com1d.loop.ticker import Ticker
from com1d.ports.base import Line


READ_BYTES: Final = 65536
"""One read, and so the budget of one port per turn: what a FIFO holds by default. A line that had
more is served again in its turn."""

WRITE_BYTES: Final = 4096
"""One write to a line: what a pty takes at once."""

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

TELLING: Final = 1 / 8
"""A read that finds this share is worth a system call that asks how much it left: a pty ends reads
at a fifth, a tick at less."""

INT_BYTES: Final = 4
"""A C int, as ioctl() gives it."""

LAST_READS: Final = 32
"""Reads after a failed write: 2 MiB, more than any pipe, pty or socket of a gone VM still holds."""

FLOOD_PATIENCE: Final = 16
"""Short reads in a row before a flood counts as over. A pty ends reads early while its writer
refills it; leaving the gear for each of these would cost a tick of silence every time."""


class Feed:
    """Moves the bytes of one line until it ends."""

    __slots__ = (
        "_bucket", "_deliver", "_drained", "_ended", "_full_ticks", "_gear", "_line", "_loop",
        "_mask", "_out_polled", "_poller", "_pressing", "_read_fd", "_remarkable", "_short_reads",
        "_silent_ticks", "_telling", "_ticker", "_timer", "fullest", "queue", "written",
    )  # fmt: skip

    def __init__(
        self,
        line: Line,
        poller: Poller,
        ticker: Ticker,
        bucket: Bucket,
        *,
        deliver: Callable[[bytes], None],
        drained: Callable[[], None],
        ended: Callable[[str], None],
    ) -> None:
        """Start reading.

        `bucket` sets the pace of writing. `deliver` gets what the guest printed; `drained` is
        called when a queue that was full has room again; `ended`, once, with the reason when the
        line is over.
        """
        self._line = line
        self._read_fd = line.read_fd
        self._pressing = min(TICK_BYTES, line.bulk, int(line.capacity * PRESSED))
        """A shorter read in a tick is no sign of a flood."""
        self._poller = poller
        self._ticker = ticker
        self._bucket = bucket
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._deliver = deliver
        self._drained = drained
        self._ended = ended
        self.queue = TransmitQueue()
        self.written = 0
        """Bytes that the line has taken."""
        self.fullest = 0
        """The most bytes that were found unread: how near the guest came to having to wait."""
        self._telling = min(READ_BYTES, max(line.bulk, int(line.capacity * TELLING)))
        """A read as long as this may have left more behind, of which `fullest` should know."""
        self._remarkable = 1
        """A read shorter than this cannot change `fullest`."""
        self._gear = _QUIET
        self._silent_ticks = 0
        """In a row. Below zero, the line stays for as many more."""
        self._full_ticks = 0
        self._short_reads = 0
        self._mask = IN | ONCE
        self._out_polled = False
        poller.add(line.read_fd, self._mask, self._on_ready)

    def close(self) -> None:
        """Stop polling; safe to call twice. The line itself belongs to its keeper."""
        if self._gear is _CLOSED:
            return
        if self._gear is _TICK:
            self._ticker.remove(self)
        if self._out_polled and self._line.write_fd != self._line.read_fd:
            self._poller.remove(self._line.write_fd)
        self._poller.remove(self._line.read_fd)
        self._stop_timer()
        self._gear = _CLOSED

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def write(self, session: SessionId, data: bytes) -> None:
        """Send `data`, which must fit into `queue.room`, as soon as the line takes it."""
        self.queue.put(session, data)
        if not self._out_polled and self._timer is None:
            self._flush()
        if self._gear is _TICK:
            self._poll(IN | ONCE)
        elif self._gear is _QUIET:
            self._gear = _TICK
            self._ticker.add(self)
        self._silent_ticks = QUIET_TICKS - TYPING_TICKS

    def discard(self) -> int:
        """Throw away what was not yet sent and say how many bytes that was."""
        count = self.queue.discard()
        if count:
            self._poll_out(wanted=False)
            self._stop_timer()
        return count

    def tick(self) -> bool:
        """Read once; say whether the line still streams. See `Ticker`."""
        try:
            data = os.read(self._read_fd, TICK_BYTES)
        except BlockingIOError:
            self._full_ticks = 0
            self._silent_ticks += 1
            if self._silent_ticks < QUIET_TICKS:
                return True
            self._gear = _QUIET
            self._poll(IN | ONCE)
            return False
        except OSError as error:
            return self._end(error)
        if not data:
            return self._end(None)
        if self._silent_ticks > 0:  # noqa: PLR1730 - min() would be a call, a tick and a port
            self._silent_ticks = 0
        self._deliver(data)
        length = len(data)
        if length >= self._remarkable:
            self._measure(length)
        if length >= self._pressing:
            return self._bear(length)
        self._full_ticks = 0
        return True

    def _bear(self, length: int) -> bool:
        """Change gear after a tick that read `length` bytes, if that is a flood."""
        if length == TICK_BYTES and self._gear is _TICK:
            length += self._read_on()
            self._measure(length)
        if self._gear is not _TICK:
            return False
        self._full_ticks = self._full_ticks + 1 if self._floods(length) else 0
        if self._full_ticks < FULL_TICKS and length < self._line.bulk:
            return True
        self._flood()
        return False

    def _flood(self) -> None:
        self._gear = _FLOOD
        self._full_ticks = self._short_reads = 0
        self._poll(IN)

    def _read_on(self) -> int:
        """Read what a tick's read has left; give how much that was."""
        try:
            data = os.read(self._read_fd, READ_BYTES)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._end(error)
            return 0
        if not data:
            self._end(None)
            return 0
        self._deliver(data)
        return len(data)

    def _on_ready(self, events: int) -> None:
        if self._mask & ONCE:
            self._mask = 0
        if events & OUT and self._line.read_fd == self._line.write_fd:
            self._on_writable(events)
        if events & ~OUT and self._gear is not _CLOSED:
            self._read()
        elif self._mask == 0 and self._gear is _QUIET:
            self._poll(IN | ONCE)

    def _read(self) -> None:
        try:
            data = os.read(self._line.read_fd, READ_BYTES)
        except BlockingIOError:
            if self._gear is _QUIET:
                self._poll(IN | ONCE)
            return
        except OSError as error:
            self._end(error)
            return
        if not data:
            self._end(None)
            return
        self._deliver(data)
        length = len(data)
        if length >= self._remarkable:
            self._measure(length)
        self._shift(length)

    def _measure(self, length: int) -> None:
        """Note how much was unread, after a read of `length` bytes."""
        capacity = self._line.capacity
        if length > capacity:  # a guest that writes in blocks, and is far from waiting
            return
        if length >= self._telling and self._gear is not _CLOSED:
            left = fcntl.ioctl(self._read_fd, termios.FIONREAD, bytes(INT_BYTES))
            length = min(length + int.from_bytes(left, sys.byteorder), capacity)
        if length > self.fullest:
            self.fullest = length
            self._remarkable = min(length + 1, self._telling)

    def _shift(self, length: int) -> None:
        """Choose the gear after a read of `length` bytes that readiness drove."""
        if self._gear is _FLOOD:
            self._short_reads = 0 if self._floods(length) else self._short_reads + 1
            if self._short_reads < FLOOD_PATIENCE:
                return
            self._poll(0)
        elif self._gear is not _QUIET:  # the echo of a key, or closed by `deliver`
            return
        elif self._floods(length):
            self._flood()
            return
        self._gear = _TICK
        self._silent_ticks = 0
        self._ticker.add(self)
        if self._out_polled:
            self._poll(0)

    def _floods(self, length: int) -> bool:
        capacity = self._line.capacity
        return length >= self._line.bulk or capacity * PRESSED <= length <= capacity

    def _poll(self, events: int) -> None:
        """Poll for `events`, and for room to write where that is awaited on the same descriptor."""
        if self._out_polled and self._line.read_fd == self._line.write_fd:
            events = (events & ~ONCE) | OUT
        if events != self._mask:
            self._mask = events
            # A bare ONCE asks for nothing, but reports a hang-up only once instead of for ever.
            self._poller.modify(self._line.read_fd, events or ONCE)

    def _flush(self) -> None:
        """Write what the line takes now, at its rate; arrange for the rest."""
        self._timer = None
        queue, full = self.queue, False
        left = len(queue)
        try:
            while left and not full:
                allowed = self._bucket.take(self._loop.time(), min(left, WRITE_BYTES))
                if not allowed:
                    break
                count = os.write(self._line.write_fd, queue.peek(allowed))
                self.written += count
                left = queue.advance(count)
                full = count < allowed
        except BlockingIOError:
            full = True
        except OSError as error:
            self._drain_and_end(error)
            return
        self._poll_out(wanted=full and left > 0)
        due = self._bucket.deadline() if left and not full else None
        if due is not None:
            self._timer = self._loop.call_at(due, self._flush)
        if left <= RESUME_BYTES:
            self._drained()

    def _drain_and_end(self, error: OSError) -> None:
        """End a line that takes no more, after the last words that it still holds."""
        for _ in range(LAST_READS):
            try:
                data = os.read(self._line.read_fd, READ_BYTES)
            except OSError:
                break
            if not data:
                break
            self._deliver(data)
        self._end(error)

    def _on_writable(self, _events: int) -> None:
        if self.queue:
            self._flush()

    def _poll_out(self, *, wanted: bool) -> None:
        if wanted == self._out_polled:
            return
        self._out_polled = wanted
        line = self._line
        if line.write_fd == line.read_fd:
            self._poll({_TICK: 0, _FLOOD: IN}.get(self._gear, IN | ONCE))
        elif wanted:
            self._poller.add(line.write_fd, OUT, self._on_writable)
        else:
            self._poller.remove(line.write_fd)

    def _end(self, error: OSError | None) -> bool:
        if self._gear is not _CLOSED:
            self.close()
            self._ended("the other end closed the line" if error is None else _why(error))
        return False


def _why(error: OSError) -> str:
    return error.strerror or str(error)


_QUIET: Final = "quiet"
_TICK: Final = "tick"
_FLOOD: Final = "flood"
_CLOSED: Final = "closed"
