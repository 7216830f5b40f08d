"""A line between two consoles: it is taken in time, or closed and its bytes are counted."""

import asyncio
import os
import socket

import pytest

from com1d.line import kept
from com1d.line.kept import KeptLine
from com1d.ports.sockets import SocketLine
from ports.ends import PATIENCE


@pytest.fixture
def ends():
    """Give a line, and the VM's end of it, which has printed."""
    vm, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    vm.settimeout(PATIENCE)
    vm.sendall(b"five ")
    vm.sendall(b"and more")
    with vm, ours:
        yield SocketLine(ours), vm


async def test_who_takes_it_has_all_that_was_printed(ends):
    """And nobody closes it afterwards."""
    line, _ = ends
    told: list[int] = []
    left = KeptLine(line, told.append)
    assert left.take() is line
    left.drop()
    assert (b"five and more", []) == (os.read(line.read_fd, 64), told)


async def test_what_nobody_takes_in_time_is_closed_and_counted(ends, monkeypatch):
    """Its guest does not wait for a console that cannot begin."""
    monkeypatch.setattr(kept, "KEPT_SECONDS", 0.0)
    line, vm = ends
    told: asyncio.Queue[int] = asyncio.Queue()
    left = KeptLine(line, told.put_nowait)
    async with asyncio.timeout(PATIENCE):
        assert 13 == await told.get()
    assert left.take() is None
    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        vm.sendall(b"nobody")


async def test_a_line_without_a_byte_is_not_worth_a_word(ends):
    """Nothing was lost."""
    line, _ = ends
    os.read(line.read_fd, 64)
    told: list[int] = []
    KeptLine(line, told.append).drop()
    assert [] == told
