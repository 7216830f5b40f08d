"""Sending to a descriptor without ever waiting for it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator

import pytest

from com1d.loop.poller import IN, OUT, Poller
from com1d.loop.sender import Sender
from com1d.loop.stalls import HoldTimes
from house import PATIENCE


class Line:
    """A socket pair with a sender at one end, as its owners use it."""

    def __init__(self) -> None:
        """Poll our end."""
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.broken = 0
        self.poller = Poller(asyncio.get_running_loop(), HoldTimes())
        self.poller.add(self.ours.fileno(), IN, self.ready)
        self.sender = Sender(self.ours.fileno(), self.poller, 1000, self.on_broken)
        self.sender.listen(IN)

    def ready(self, events: int) -> None:
        """Do as an owner does."""
        if events & OUT:
            self.sender.flush()

    def on_broken(self) -> None:
        """Count, and close as an owner does."""
        self.broken += 1
        self.sender.close()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """Give a line, and take it down."""
    line = Line()
    yield line
    line.sender.close()
    line.poller.close()
    line.ours.close()
    line.theirs.close()


@pytest.mark.parametrize("sizes", [[1], [0, 5, 0], [1 << 20], [3] * 1000, [1 << 19, 1, 1 << 18]])
async def test_everything_arrives_in_its_order(line: Line, sizes: list[int]):
    """Also what the descriptor took only in part, or not at all at first."""
    sent = b"".join(os.urandom(size) for size in sizes)
    at = 0
    for size in sizes:
        line.sender.put(sent[at : at + size])
        at += size
    line.theirs.setblocking(False)
    got = b""
    async with asyncio.timeout(PATIENCE):
        while len(got) < len(sent):
            got += await asyncio.get_running_loop().sock_recv(line.theirs, 1 << 16)
        assert await line.sender.drain(0, PATIENCE)

    assert sent == got
    assert 0 == len(line.sender)


async def test_who_does_not_read_is_told_from_who_does(line: Line):
    """What waits is counted against the bound, and a drain ends where nothing moves."""
    line.sender.put(bytes(1 << 22))

    assert line.sender.too_much
    assert not await line.sender.drain(0, 0.01)


async def test_who_is_cancelled_as_it_is_closed_goes_on_with_nothing(line: Line):
    """So ends the task of a connection; it went on to read a whole log, for nobody."""
    line.sender.put(bytes(1 << 22))
    waits = asyncio.create_task(line.sender.drain(0, PATIENCE))
    await asyncio.sleep(0)
    line.sender.close()
    waits.cancel()
    await asyncio.wait((waits,))

    assert waits.cancelled()


async def test_an_end_is_told_once_and_wakes_who_waits(line: Line):
    """Nobody waits for a reader that has gone, and nothing is sent to its descriptor."""
    line.sender.put(bytes(1 << 22))
    waits = asyncio.create_task(line.sender.drain(0, PATIENCE))
    await asyncio.sleep(0)
    line.theirs.close()
    async with asyncio.timeout(PATIENCE):
        await waits
    line.sender.put(b"more")

    assert 1 == line.broken
    assert line.sender.is_closed
