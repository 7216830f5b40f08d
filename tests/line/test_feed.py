"""A line's gears and its way out, over real pipes, ptys and sockets."""

import asyncio
import fcntl
import os
import pty
import socket
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from com1d.core.stream.gears import BRISK_PATIENCE, FULL_TICKS, QUIET_TICKS, TYPING_TICKS, Gear
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.transmit import SOFT_BYTES
from com1d.line.fanout import Fanout
from com1d.line.feed import Feed
from com1d.line.intake import READ_BYTES
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.loop.ticker import OVER, Ticker
from com1d.ports.sockets import UNIX_CAPACITY


FAST = 10**9
"""Baud that no test has to wait for."""


class Line:
    """Two ends of something: the daemon's, and the guest's."""

    def __init__(self, read_fd: int, write_fd: int, guest_reads: int, guest_writes: int) -> None:
        self.read_fd, self.write_fd = read_fd, write_fd
        self.bulk, self.capacity = 2048, 279
        self.guest_reads, self.guest_writes = guest_reads, guest_writes
        self._open = {read_fd, write_fd, guest_reads, guest_writes}
        for fd in self._open:
            os.set_blocking(fd, False)

    def print(self, data: bytes) -> None:
        """Have all of it where the daemon reads: the kernel carries it there in parts on a pty."""
        os.write(self.guest_writes, data)
        waiting = 0
        while waiting < len(data):
            left = fcntl.ioctl(self.read_fd, termios.FIONREAD, bytes(4))
            waiting = int.from_bytes(left, sys.byteorder)

    def hand_over(self, fds, name):
        """Give nothing: no test hands it over."""

    def close_guest(self) -> None:
        for fd in {self.guest_reads, self.guest_writes}:
            self._open.discard(fd)
            os.close(fd)

    def close(self) -> None:
        for fd in self._open:
            os.close(fd)


def socket_line() -> Line:
    ours, guests = socket.socketpair()
    ours_fd, guests_fd = ours.detach(), guests.detach()
    return Line(ours_fd, ours_fd, guests_fd, guests_fd)


def pty_line() -> Line:
    master, slave = pty.openpty()
    tty.setraw(slave)
    return Line(slave, slave, master, master)


def fifo_line() -> Line:
    out_read, out_write = os.pipe()
    in_read, in_write = os.pipe()
    return Line(out_read, in_write, in_read, out_write)


@pytest.fixture(params=[socket_line, pty_line, fifo_line])
def line(request) -> Iterator[Line]:
    with ExitStack() as stack:
        made = request.param()
        stack.callback(made.close)
        yield made


class Rig:
    """A feed with what it needs, and what it delivered."""

    def __init__(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        self.poller = Poller(loop, HoldTimes())
        self.ticker = Ticker(loop, HoldTimes(), self.poller.glance)
        self.heard = bytearray()
        self.reasons: list[str] = []
        self.drained = 0
        self._changed = asyncio.Event()
        self.line = line
        self.feed = Feed(
            line, self.poller, self.ticker, Bucket(FAST), fanout=Fanout(self._deliver),
            drained=self._drained, ended=self._ended,
        )  # fmt: skip

    def _deliver(self, data: bytes) -> None:
        self.heard += data
        self._changed.set()

    def _drained(self) -> None:
        self.drained += 1
        self._changed.set()

    def _ended(self, reason: str) -> None:
        self.reasons.append(reason)
        self._changed.set()

    def leave_to_poller(self) -> None:
        """Tick no more: what is heard from now on, is heard because the line is polled."""
        self.ticker.remove(self.feed.intake)

    def fill(self, data: bytes) -> bytes:
        """Write `data` again and again until the queue is full; give what was written."""
        sent = bytearray()
        while not self.feed.outflow.queue.full:
            self.feed.outflow.write(1, data)
            sent += data
        return bytes(sent)

    async def until(self, condition) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def close(self) -> None:
        if not self.reasons:
            self.feed.close()
        self.ticker.close()
        self.poller.close()


async def test_everything_the_guest_prints_arrives(line: Line):
    """Bytes one by one, then a flood, then bytes one by one: nothing is lost in any gear change."""
    rig = Rig(line)
    sent = bytearray()
    for block in (b"a", b"bcd", bytes(range(256)) * 400, b"x", b"yz"):
        rest = block
        while rest:
            try:
                count = os.write(line.guest_writes, rest[:5000])
            except BlockingIOError:
                had = len(rig.heard)
                await rig.until(lambda had=had: len(rig.heard) > had)
                continue
            sent += rest[:count]
            rest = rest[count:]
        await rig.until(lambda: len(rig.heard) == len(sent))

    assert sent == rig.heard
    rig.close()


async def test_a_line_that_is_typed_at_stays_awake(line: Line):
    """It hears the echo, ticks on for the next key, and then is polled like any quiet line."""
    rig = Rig(line)

    def silent_ticks() -> int:
        return 1 + len(list(iter(rig.feed.intake.tick, OVER)))

    rig.feed.outflow.write(1, b"k")
    os.write(line.guest_writes, b"k")
    await rig.until(lambda: rig.heard == b"k")
    rig.feed.outflow.write(1, b"k")
    assert TYPING_TICKS == silent_ticks()

    os.write(line.guest_writes, b"!")
    await rig.until(lambda: rig.heard == b"k!")
    assert QUIET_TICKS >= silent_ticks()
    rig.close()


@pytest.mark.parametrize("between", [b"", b"less"])
async def test_one_full_tick_is_a_late_one(line: Line, between: bytes):
    """A line is read briskly when its ticks are full in a row, until its guest slows down."""
    rig = Rig(line)
    os.write(line.guest_writes, b"!")
    await rig.until(lambda: rig.heard == b"!")

    def gear_after(data: bytes) -> Gear:
        line.print(data)
        assert rig.feed.intake.tick() >= 0
        return rig.feed.intake.gear

    full = bytes(line.capacity)
    for _ in range(FULL_TICKS):
        assert Gear.TICK is gear_after(full)
        assert Gear.TICK is gear_after(between)
    for expected in [Gear.TICK] * (FULL_TICKS - 1) + [Gear.BRISK]:
        assert expected is gear_after(full)
    for text in (b"one", b"two"):
        os.write(line.guest_writes, text)
        await rig.until(lambda text=text: rig.heard.endswith(text))
    rig.leave_to_poller()
    for _ in range(BRISK_PATIENCE):
        if rig.feed.intake.gear is Gear.BRISK:
            assert rig.feed.intake.tick() >= 0
    assert Gear.TICK is rig.feed.intake.gear
    rig.close()


async def test_bulk_in_one_tick_is_a_flood(line: Line):
    """No daemon is held up for as long as a UART takes for that."""
    rig = Rig(line)
    os.write(line.guest_writes, b"!")
    await rig.until(lambda: rig.heard == b"!")

    line.print(bytes(line.bulk))
    assert ~line.bulk == rig.feed.intake.tick()
    rig.leave_to_poller()
    for text in (b"one", b"two"):
        os.write(line.guest_writes, text)
        await rig.until(lambda text=text: rig.heard.endswith(text))
    rig.close()


async def test_quiet_line_is_heard_again(line: Line):
    """A line that went quiet, twice, is armed again for its next byte."""
    rig = Rig(line)
    for text in (b"one", b"two", b"three"):
        os.write(line.guest_writes, text)
        await rig.until(lambda text=text: rig.heard.endswith(text))
        while OVER != rig.feed.intake.tick():
            pass
        rig.leave_to_poller()

    assert b"onetwothree" == rig.heard
    rig.close()


@pytest.mark.parametrize("line", [socket_line, fifo_line], indirect=True)
async def test_last_words_arrive_before_the_end(line: Line):
    """What the guest printed just before it went is delivered, then the line ends, once.

    Not on a pty: there the kernel drops what was not read, which is why `pipe:` is recommended.
    """
    rig = Rig(line)
    os.write(line.guest_writes, b"last words")
    line.close_guest()

    await rig.until(lambda: rig.reasons)

    assert b"last words" == rig.heard
    assert 1 == len(rig.reasons)
    rig.close()


async def test_typed_bytes_arrive_in_order_through_a_full_line(line: Line):
    """A line that takes nothing holds the queue; once it drains, all arrives, and we are told."""
    rig = Rig(line)
    sent = rig.fill(bytes(range(256)) * 16)
    assert rig.feed.outflow.queue.size >= SOFT_BYTES
    assert 0 == rig.drained

    got = bytearray()
    async with asyncio.timeout(20):
        while len(got) < len(sent):
            try:
                got += os.read(line.guest_reads, 65536)
            except BlockingIOError:
                await asyncio.sleep(0)

    assert sent == got
    await rig.until(lambda: rig.drained)
    assert 1 == rig.drained
    assert len(sent) == rig.feed.outflow.written
    rig.close()


async def test_discard_counts_and_sends_nothing_more(line: Line):
    """Discarded bytes are counted and never reach the guest; what comes after does."""
    rig = Rig(line)
    sent = rig.fill(b"x" * 4096)
    in_line = rig.feed.outflow.written

    assert len(sent) - in_line == rig.feed.outflow.discard()

    rig.feed.outflow.write(2, b"END")
    got = bytearray()
    async with asyncio.timeout(20):
        while not got.endswith(b"END"):
            try:
                got += os.read(line.guest_reads, 65536)
            except BlockingIOError:
                await asyncio.sleep(0)
    assert b"x" * in_line + b"END" == got
    rig.close()


async def test_echo_comes_while_the_line_streams(line: Line):
    """In the tick gear, what follows a typed key is polled for and not left to the next tick."""
    rig = Rig(line)
    os.write(line.guest_writes, b"output")
    await rig.until(lambda: rig.heard == b"output")
    rig.leave_to_poller()

    rig.feed.outflow.write(1, b"k")
    os.write(line.guest_writes, b"k")

    await rig.until(lambda: rig.heard == b"outputk")
    rig.close()


async def test_write_to_a_gone_guest_ends_the_line(line: Line):
    """A write that fails ends the line with a reason instead of raising."""
    rig = Rig(line)
    line.close_guest()

    rig.feed.outflow.write(1, b"anybody?")

    await rig.until(lambda: rig.reasons)
    assert 1 == len(rig.reasons)
    rig.close()


async def filled(line: Line, count: int) -> int:
    """Put bytes into a line that nobody reads yet; give what a feed then finds of them."""
    os.write(line.guest_writes, bytes(count))
    rig = Rig(line)
    await rig.until(lambda: len(rig.heard) == count)
    os.write(line.guest_writes, b"less")
    await rig.until(lambda: len(rig.heard) == count + 4)
    rig.close()
    return rig.feed.intake.fullest


@pytest.mark.parametrize("line", [fifo_line], indirect=True)
@pytest.mark.parametrize("count", [10, 5000, READ_BYTES, 200_000, 1 << 20])
async def test_how_full_a_pipe_was_is_known(line: Line, count: int):
    """The most that was unread, whatever one read returns."""
    line.capacity = fcntl.fcntl(line.guest_writes, fcntl.F_SETPIPE_SZ, 1 << 20)

    assert count == await filled(line, count)


@pytest.mark.parametrize("line", [socket_line], indirect=True)
@pytest.mark.parametrize(("count", "found"), [(100, 100), (279, 279), (3000, 4)])
async def test_how_full_a_socket_was_is_known(line: Line, count: int, found: int):
    """More than fits in single bytes was written in blocks, and tells nothing."""
    line.capacity = UNIX_CAPACITY

    assert found == await filled(line, count)
