"""The way into a line, over a real pipe that nobody empties."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from com1d.core.stream.pacing import Bucket
from com1d.core.stream.transmit import SOFT_BYTES
from com1d.line.outflow import Outflow
from com1d.line.polled import WriteEnd
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes


FAST = 10**9
"""Baud that no test has to wait for."""

PIPE_BYTES = 4096
"""What the guest's end holds unread."""

STUCK = 1000.0
"""Seconds: no test waits for it, it only asks what would be due then."""


class Rig:
    """An outflow, the guest's end of its pipe, and what the outflow told."""

    def __init__(self, outflow_of, guest: int) -> None:
        self.guest = guest
        self.drained = 0
        self.errors: list[OSError] = []
        self.out: Outflow = outflow_of(self)

    def was_drained(self) -> None:
        self.drained += 1


@contextmanager
def rig() -> Iterator[Rig]:
    poller = Poller(asyncio.get_running_loop(), HoldTimes())
    guest, fd = os.pipe()
    for each in (guest, fd):
        os.set_blocking(each, False)
    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    made = Rig(
        lambda made: Outflow(
            fd, WriteEnd(fd, poller), Bucket(FAST), wrote=lambda: None,
            drained=made.was_drained, failed=made.errors.append, stuck_seconds=STUCK,
        ),
        guest,
    )  # fmt: skip
    try:
        yield made
    finally:
        made.out.close()
        poller.close()
        os.close(fd)
        os.close(made.guest)


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


async def test_what_waits_goes_out_in_order_and_room_is_told_once():
    """Far over the soft mark, in pieces, while the guest reads nothing: all of it arrives."""
    with rig() as it:
        sent = b"".join(b"%07d\n" % number for number in range(5000))
        for start in range(0, len(sent), 1000):
            it.out.write(1, sent[start : start + 1000])
        assert it.out.queue.size > SOFT_BYTES
        assert 0 == it.drained
        assert sent == await read_all(it.guest, len(sent))
        assert (0, 1) == (it.out.queue.size, it.drained)


async def test_a_queue_that_was_never_full_tells_of_no_room():
    """A key that goes out at once calls nobody."""
    with rig() as it:
        for _ in range(100):
            it.out.write(1, b"k")
        assert b"k" * 100 == await read_all(it.guest, 100)
        assert 0 == it.drained


async def test_a_line_that_takes_nothing_is_said_once():
    """Stuck after its time, told once; told again only when it had moved and stopped anew."""
    with rig() as it:
        out = it.out
        loop = asyncio.get_running_loop()
        assert out.deadline() is None
        out.write(1, bytes(50_000))
        due = out.deadline()
        assert due is not None

        assert 0 == out.stuck(due - STUCK / 2)
        assert 50_000 - out.written == out.stuck(due)
        assert 0 == out.stuck(due + 1)
        assert out.deadline() is None

        before = out.written
        await read_all(it.guest, PIPE_BYTES)
        async with asyncio.timeout(20):
            while out.written == before:
                await asyncio.sleep(0)
        again = out.deadline()
        assert again is not None
        assert loop.time() <= again <= loop.time() + STUCK


async def test_what_is_thrown_away_is_counted_whole():
    """What the line has not taken; what comes after it arrives."""
    with rig() as it:
        it.out.write(1, bytes(100_000))
        assert 100_000 - it.out.written == it.out.discard()
        assert 0 == it.out.queue.size
        whole = it.out.written + len(b"END")
        it.out.write(2, b"END")
        assert (await read_all(it.guest, whole)).endswith(b"END")


async def test_a_line_without_a_reader_fails_once():
    """A write that cannot go anywhere is told to the owner, not raised."""
    with rig() as it:
        os.close(it.guest)
        it.guest = os.open(os.devnull, os.O_RDONLY)  # for the rig to close
        it.out.write(1, b"anybody?")
        assert [BrokenPipeError] == [type(error) for error in it.errors]
