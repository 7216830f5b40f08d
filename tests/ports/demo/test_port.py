"""The demo port: the guest on a real line, at the line's pace."""

import asyncio
import os
import re
import socket
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import pytest

from com1d.ports.base import Port
from com1d.ports.demo import DemoPort
from com1d.ports.demo.port import HELD_MAX


PATIENCE = 20
"""Seconds until a test gives up waiting. A boot takes three."""


class Daemon:
    """The daemon's part: the near end of a line, read until something has come."""

    def __init__(self, line):
        self.socket = socket.socket(fileno=os.dup(line.read_fd))
        self.socket.settimeout(0)
        self.seen = ""

    def close(self):
        """Let go of the line."""
        self.socket.close()

    async def until(self, pattern):
        """Read until a pattern has come; give all up to it, and forget it."""
        loop = asyncio.get_running_loop()
        with anyio.fail_after(PATIENCE):
            while not (match := re.search(pattern, self.seen)):
                self.seen += (await loop.sock_recv(self.socket, 65536)).decode()
        text, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return text

    async def type(self, data, pattern):
        """Type, and read until a pattern has come."""
        await asyncio.get_running_loop().sock_sendall(self.socket, data)
        return await self.until(pattern)


@contextmanager
def switched_on(line):
    """Give the daemon's part of a line, and close both afterwards."""
    with closing(line), closing(Daemon(line)) as daemon:
        yield daemon


def fill(sock):
    """Send to a socket until it takes no more; give what it took."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    sent = 0
    while True:
        try:
            sent += sock.send(b"." * 100)
        except BlockingIOError:
            return "." * sent


def descriptors():
    """List the open descriptors of this process."""
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


async def until_true(condition):
    """Let the loop run until something has happened in it."""
    with anyio.fail_after(PATIENCE):
        while not condition():
            await anyio.lowlevel.checkpoint()


def test_is_a_port():
    """A demo port has what the keeper of a port asks of one, and nothing to watch."""
    port = DemoPort()
    asked: Port = port
    assert asked.watch == ()
    port.reset()
    port.nmi()
    port.close()


async def test_session():
    """The guest boots, opens a Command Prompt, lets somebody in, and runs a command."""
    line = await DemoPort().open()
    with switched_on(line) as daemon:
        assert "SAC started and initialized." in await daemon.until("now available.\r\nSAC>")
        assert (line._timer_due, line._held) == (line._guest.deadline(), b"")
        await daemon.type(b"cmd\r", "Channel: Cmd0001\r\nSAC>")
        preview = await daemon.type(b"ch -sn Cmd0001\r", "Use any other key.*\r\n")
        assert "Name:                  Cmd0001\r\n" in preview
        assert "Username:" in await daemon.type(b"\r", "\x1b\\[2;11H(\x1b\\[[0-9]+m)+")
        await daemon.type(b"Administrator\r", "Domain  : ")
        await daemon.type(b"\r", "Password: ")
        assert "secret" not in await daemon.type(b"secret\r", r"C:\\Windows\\system32>")
        said = await daemon.type(b"echo over a real line\r", r"C:\\Windows\\system32>")
        assert said == "echo over a real line\r\nover a real line\r\n\r\nC:\\Windows\\system32>"
        assert "SAC>" in await daemon.type(b"\x1b\t0", "\x1b\\[[0-9]+;5H")


async def test_echo_of_a_key_is_one_write():
    """A line that has been quiet carries an echo at once, without waiting for the pace."""
    line = await DemoPort().open()
    with switched_on(line) as daemon:
        await daemon.until("now available.\r\nSAC>")
        await until_true(lambda: line._free_at <= asyncio.get_running_loop().time())
        line._held += line._guest.handle(b"x", asyncio.get_running_loop().time())
        line._turn(asyncio.get_running_loop().time())
        assert daemon.socket.recv(10) == b"x"


async def test_full_socket_holds_the_guest_back():
    """While the daemon does not read, the guest waits: bounded, not reading, losing nothing."""
    line = await DemoPort().open()
    with switched_on(line) as daemon:
        filling = fill(line._far)
        while len(line._held) < HELD_MAX:
            line.nmi()
        held = len(line._held)
        line.nmi()
        assert (len(line._held), held < HELD_MAX + 1000) == (held, True)
        await until_true(lambda: line._stuck)
        assert (line._reading, line._timer) == (False, None)
        text = await daemon.until(r"\r\n!SAC>")
        assert filling in text
        reports = re.findall(r"<\?xml>\r\n<BP>.*?</BP>", text, re.DOTALL)
        assert len({*reports}) == 1
        assert text.count("*** STOP: 0x00000080") == len(reports)
        assert "DEMO01" in await daemon.type(b"id\r", "!SAC>")


async def test_input_waits_while_the_guest_is_held_back():
    """What was typed meanwhile stays in the socket and is taken later, in order."""
    line = await DemoPort().open()
    with switched_on(line) as daemon:
        await daemon.until("now available.\r\nSAC>")
        fill(line._far)
        daemon.socket.send(b"?\r" * 20 + b"ch -ci 7\r")
        await until_true(lambda: not line._reading)
        assert HELD_MAX <= len(line._held) < 2 * HELD_MAX
        text = await daemon.until("no channel present.*\r\nSAC>")
        assert text.count("crashdump            Crash the system.") == 20


async def test_reset_and_nmi():
    """A reset boots a guest that was on its way, and an interrupt stops it."""
    port = DemoPort()
    line = await port.open()
    with switched_on(line) as daemon:
        await daemon.until("com1d demo guest")
        port.reset()
        await daemon.until("com1d demo guest")
        port.nmi()
        assert '"0x80"' in await daemon.until("!SAC>")
    port.close()


async def test_close_leaves_nothing():
    """Closing, in any order and twice, frees both ends; a closed line does nothing any more."""
    before = descriptors()
    port = DemoPort()
    first = await port.open()
    second = await port.open()
    assert first.read_fd == first.write_fd
    for line in (second, first):
        line.close()
        line.close()
        line.nmi()
        line.reset()
    port.close()
    port.close()
    assert descriptors() == before


@pytest.mark.parametrize("unread", [False, True])
async def test_daemon_end_gone(unread):
    """A guest whose daemon's end is gone neither spins nor speaks, whatever was left unread."""
    line = await DemoPort().open()
    with closing(line):
        if not unread:
            near = Daemon(line)
            await near.until("com1d demo guest")
            near.close()
        line._socket.close()
        await until_true(lambda: not line._plugged)
        assert line._timer is None or line._timer.cancelled()


async def test_speaking_to_nobody():
    """A guest that finds the daemon's end gone as it speaks stops, too."""
    line = await DemoPort().open()
    with closing(line):
        line._socket.close()
        line._free_at = 0.0
        line.nmi()
        assert not line._plugged
