"""Sockets whose clients were sent away."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from com1d.loop import lingering
from com1d.loop.lingering import LINGER_MOST, Lingering
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes


@contextmanager
def waiting() -> Iterator[Lingering]:
    """Have a poller, and what lingers there."""
    poller = Poller(asyncio.get_running_loop(), HoldTimes())
    some = Lingering(poller)
    try:
        yield some
    finally:
        some.close()
        poller.close()


def told(some: Lingering, words: bytes = b"go") -> socket.socket:
    """Send somebody away, and give his end."""
    ours, theirs = socket.socketpair()
    for sock in (ours, theirs):
        sock.setblocking(False)
    ours.send(words)
    some.keep(ours.detach())
    return theirs


async def until(done) -> None:
    """Let the loop go on until something is so."""
    while not done():
        await asyncio.sleep(0)


async def test_who_still_sends_reads_why_he_was_sent_away():
    """What he sends is dropped without an error; his end closes the socket."""
    with waiting() as some, told(some) as theirs:
        for _ in range(100):
            await until(lambda: _taken(theirs, bytes(10000)))
        assert (b"go", b"") == (theirs.recv(10), theirs.recv(10))
        assert 1 == len(some)

        theirs.close()
        await until(lambda: not len(some))


def _taken(sock: socket.socket, data: bytes) -> bool:
    try:
        return sock.send(data) > 0
    except BlockingIOError:
        return False


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch):
    """Who does not close his side is closed after a time."""
    monkeypatch.setattr(lingering, "LINGER_SECONDS", 0)
    with waiting() as some, told(some) as theirs:
        await until(lambda: not len(some))
        with pytest.raises(BrokenPipeError):
            theirs.send(b"more")


async def test_the_oldest_makes_room():
    """However many come to be sent away, the sockets are bounded."""
    with waiting() as some:
        ends = [told(some) for _ in range(LINGER_MOST + 1)]
        assert LINGER_MOST == len(some)
        with pytest.raises(BrokenPipeError):
            ends[0].send(b"x")
        assert 1 == ends[1].send(b"x")
        for end in ends:
            end.close()


async def test_who_has_gone_does_not_linger():
    """A socket whose other end is closed is closed at once."""
    with waiting() as some:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.close()
        fd = ours.detach()
        some.keep(fd)
        await until(lambda: not len(some))
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)
