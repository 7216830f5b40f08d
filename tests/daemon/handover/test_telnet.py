"""A telnet connection over exchanges of the daemon: cut within a command, an option, an escape."""

import asyncio
import re
import socket
from contextlib import AsyncExitStack

import pytest

from com1d.core.stream.telnet import BINARY, COM_PORT, ECHO, SET_BAUDRATE, Code
from daemon.handover.manager import Manager
from house import PATIENCE, read_bytes


pytestmark = pytest.mark.one_loop

PIECES = [
    (b"one \xff", b"\xff two\r\n"),  # IAC IAC is a byte of the guest's
    (b"three \xff\xfb", bytes([ECHO]) + b"four\r\n"),  # IAC WILL ECHO
    (bytes([Code.IAC, Code.SB, COM_PORT, 107]), bytes([8, Code.IAC, Code.SE]) + b"five\r\n"),
    (bytes([Code.IAC, Code.SB, COM_PORT, 107, 8, Code.IAC]), bytes([Code.SE]) + b"six\r\n"),
]
"""What the far end sends before an exchange, and after it."""

PRINTED = b"one \xff two\r\nthree four\r\nfive\r\nsix\r\n"

AGREED = b"".join(
    bytes((Code.IAC, verb, option))
    for verb, option in ((Code.WILL, BINARY), (Code.DO, BINARY), (Code.DO, COM_PORT))
)


class FarEnd:
    """A console server, word by word."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self.received = b""

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._connection, data)

    async def hears(self, words: bytes) -> None:
        """Wait until this has come."""
        async with asyncio.timeout(PATIENCE):
            while words not in self.received:
                self.received += await asyncio.get_running_loop().sock_recv(self._connection, 4096)


@pytest.mark.parametrize("way", ["upgrade", "restart"])
async def test_what_is_negotiated_goes_over_wherever_it_is_cut(run_dir, way):
    """No option is answered twice, and the port is set once: another setting would flush it."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.setblocking(False)
        port = f"rfc2217:127.0.0.1:{server.getsockname()[1]}"
        manager = Manager(run_dir, f'[consoles.web01]\nport = "{port}"\nbaud = 57600\n')
        stack.callback(manager.close)
        beginning = asyncio.create_task(manager.begin())
        connection, _ = await asyncio.get_running_loop().sock_accept(server)
        far = FarEnd(stack.enter_context(connection))
        daemon = await beginning
        await daemon.connected("web01")
        session = await stack.enter_async_context(daemon.attach("web01"))
        await far.send(AGREED)
        await far.hears((57600).to_bytes(4))
        for number, (before, after) in enumerate(PIECES):
            await far.send(before)
            await session.send(b"before %d\xff\r" % number)
            await far.hears(b"before %d\xff\xff\r" % number)
            if way == "restart":
                daemon = await manager.restart(daemon)
            else:
                assert 200 == (await daemon.upgrade()).status
            await far.send(after)
            await session.send(b"after %d\xff\r" % number)
            await far.hears(b"after %d\xff\xff\r" % number)
        printed = await read_bytes(session, len(PRINTED))
        shown = await daemon.shown("web01")
        await manager.end(daemon, "stop")

    sets = bytes((Code.IAC, Code.SB, COM_PORT, SET_BAUDRATE)) + (57600).to_bytes(4)
    once = [bytes((Code.IAC, Code.DO, ECHO)), bytes((Code.IAC, Code.WILL, COM_PORT)), sets]
    words = [b"%s %d" % (word, n) for n in range(len(PIECES)) for word in (b"before", b"after")]
    assert (PRINTED, len(PRINTED)) == (printed, shown["offset"])
    assert [1] * len(once) == [far.received.count(each) for each in once]
    assert words == re.findall(rb"(before \d|after \d)\xff\xff\r", far.received)
