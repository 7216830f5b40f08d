"""What waits before a line's queue, over a real pipe that nobody empties."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from com1d.core.stream.pacing import Bucket
from com1d.core.stream.transmit import QUEUE_BYTES
from com1d.input.outbox import STUCK_SECONDS, Outbox
from com1d.line.feed import Feed
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.loop.ticker import Ticker
from com1d.ports.pipe import PipeLine


FAST = 10**9
"""Baud that no test has to wait for."""

PIPE_BYTES = 4096
"""What the guest's end holds unread."""


@contextmanager
def outbox() -> Iterator[tuple[Outbox, int]]:
    """Give an outbox whose line is a pipe, and the guest's end of it."""
    loop = asyncio.get_running_loop()
    poller = Poller(loop, HoldTimes())
    ticker = Ticker(loop, HoldTimes(), poller.glance)
    out_read, out_write = os.pipe()
    in_read, in_write = os.pipe()
    for fd in (out_read, out_write, in_read, in_write):
        os.set_blocking(fd, False)
    fcntl.fcntl(in_write, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    made = Outbox()
    made.feed = Feed(
        PipeLine(out_read, in_write, 65536), poller, ticker, Bucket(FAST),
        deliver=lambda _: None, drained=lambda: made.drain(1), ended=lambda _: None,
    )  # fmt: skip
    try:
        yield made, in_read
    finally:
        made.feed.close()
        ticker.close()
        poller.close()
        for fd in (out_read, out_write, in_read, in_write):
            os.close(fd)


async def read_all(fd: int, count: int) -> bytes:
    """Read what the line was given, as it comes."""
    got = b""
    async with asyncio.timeout(20):
        while len(got) < count:
            try:
                got += os.read(fd, 65536)
            except BlockingIOError:
                await asyncio.sleep(0)
    return got


async def test_more_than_the_queue_holds_waits_and_goes_out_in_order():
    """Two queues full, in pieces, while the guest reads nothing: all of it arrives in order."""
    with outbox() as (out, guest):
        sent = b"".join(b"%07d\n" % number for number in range(5000))
        for start in range(0, len(sent), 1000):
            out.send(1, sent[start : start + 1000])
        assert len(out) > QUEUE_BYTES
        assert sent == await read_all(guest, len(sent))
        assert not out


async def test_a_line_that_takes_nothing_is_said_once():
    """Stuck after its time, told once; told again only when it had moved and stopped anew."""
    with outbox() as (out, guest):
        loop = asyncio.get_running_loop()
        assert out.deadline() is None
        out.send(1, bytes(50_000))
        due = out.deadline()
        assert due is not None

        assert 0 == out.stuck(due - STUCK_SECONDS / 2)
        assert 50_000 - out.feed.written == out.stuck(due)
        assert 0 == out.stuck(due + 1)
        assert out.deadline() is None

        before = out.feed.written
        await read_all(guest, PIPE_BYTES)
        async with asyncio.timeout(20):
            while out.feed.written == before:
                await asyncio.sleep(0)
        again = out.deadline()
        assert again is not None
        assert again >= loop.time()


async def test_what_is_thrown_away_is_counted_whole():
    """Both what waits here and what the line's queue has."""
    with outbox() as (out, _):
        out.send(1, bytes(100_000))
        assert 100_000 - out.feed.written == out.discard()
        assert not out
        assert not out.feed.queue


async def test_without_a_line_nothing_waits():
    """While the port is down, nothing is kept for later."""
    out = Outbox()
    out.send(1, b"lost")
    assert (0, 0, None) == (len(out), out.discard(), out.deadline())
