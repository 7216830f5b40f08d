"""Numbered bytes both ways: guests of every kind, clients of every kind, and what each has seen."""

import asyncio
import os
import re
import socket
import sys
import tty
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from websockets.asyncio.client import ClientConnection

from house import PATIENCE
from ports.console_server import ConsoleServer
from terminal import open_terminal


BRIDGE = Path(__file__).with_name("bridge.py")
LINE = b"line %08d\r\n"
PERIOD = 0.005
"""Seconds between two pieces of output: with `PIECE` lines each, about what 115200 baud carry."""
PIECE = 5


def numbers(data: bytes, pattern: bytes = rb"line (\d{8})\r?\n") -> list[int]:
    return [int(number) for number in re.findall(pattern, data)]


def faults(seen: list[int], until: int) -> list[tuple[int, int]]:
    """Give where a number is missing, doubled or out of order: itself, and the one that follows."""
    return [(one, next_) for one, next_ in pairwise([*seen, until]) if next_ != one + 1]


class Guest:
    """A VM's side of a port, on two descriptors: prints numbered lines, and keeps what is typed."""

    def __init__(self, kind: str, folder: Path, name: str) -> None:
        self.name = name
        self.kind = kind
        self.path = folder / "guests" / name
        self.printed = 0
        self.typed = bytearray()
        self._reads = self._writes = -1
        self._rest = b""
        self._server: socket.socket | None = None
        self._console_server: ConsoleServer | None = None
        self.port = getattr(self, f"_{kind}")()

    def _pipe(self) -> str:
        for end in ("in", "out"):
            os.mkfifo(f"{self.path}.{end}")
        self._reads = os.open(f"{self.path}.in", os.O_RDWR | os.O_NONBLOCK)
        self._writes = os.open(f"{self.path}.out", os.O_RDWR | os.O_NONBLOCK)
        return f"pipe:{self.path}"

    def _pty(self) -> str:
        master, slave = open_terminal()
        tty.setraw(slave)
        self._reads = self._writes = master
        self._slave = slave
        os.set_blocking(master, False)
        return f"pty:{os.ttyname(slave)}"

    def _serial(self) -> str:
        return self._pty().replace("pty:", "serial:")

    def _unix(self) -> str:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self.path))
        self._server.listen()
        return f"unix:{self.path}"

    def _tcp(self) -> str:
        self._server = socket.create_server(("127.0.0.1", 0))
        return f"tcp:127.0.0.1:{self._server.getsockname()[1]}"

    def _telnet(self) -> str:
        return self._tcp().replace("tcp:", "telnet:")

    def _rfc2217(self) -> str:
        self._pty()
        self._console_server = ConsoleServer(os.ttyname(self._slave))
        return f"rfc2217:{self._console_server.target}"

    def _exec(self) -> str:
        return self._unix().replace("unix:", f"exec:{sys.executable} {BRIDGE} ")

    def _listen(self) -> str:
        return f"listen:{self.path}"

    @property
    def table(self) -> str:
        # On a busy machine, words that were typed apart come at once, and are no paste.
        return f'[consoles.{self.name}]\nport = "{self.port}"\npaste_limit = 65536\n'

    async def join(self) -> None:
        """Be connected."""
        if self._server is not None:
            self._server.setblocking(False)
            connection, _ = await asyncio.get_running_loop().sock_accept(self._server)
        elif self.kind == "listen":
            connection = socket.socket(socket.AF_UNIX)
            async with asyncio.timeout(PATIENCE):
                while True:
                    with suppress(OSError):
                        connection.connect(str(self.path))
                        break
                    await asyncio.sleep(0.01)
        else:
            return
        connection.setblocking(False)
        self._reads = self._writes = connection.detach()

    async def live(self) -> None:
        """Print and listen, until cancelled."""
        while True:
            self._step()
            await asyncio.sleep(PERIOD)

    def _step(self) -> None:
        with suppress(BlockingIOError):
            while data := os.read(self._reads, 65536):
                self.typed += data
        if not self._rest:
            self._rest = b"".join(LINE % (self.printed + n) for n in range(PIECE))
            self.printed += PIECE
        with suppress(BlockingIOError):
            self._rest = self._rest[os.write(self._writes, self._rest) :]

    async def finish(self) -> None:
        """Print the rest of what was begun."""
        async with asyncio.timeout(PATIENCE):
            while self._rest:
                with suppress(BlockingIOError):
                    self._rest = self._rest[os.write(self._writes, self._rest) :]
                await asyncio.sleep(PERIOD)

    def listen(self) -> None:
        """Take what was typed by now."""
        with suppress(BlockingIOError):
            while data := os.read(self._reads, 65536):
                self.typed += data

    def close(self) -> None:
        if self._console_server is not None:
            self._console_server.close()
        for fd in {self._reads, self._writes, getattr(self, "_slave", -1)} - {-1}:
            os.close(fd)
        if self._server is not None:
            self._server.close()


class Watcher:
    """What a WebSocket client has seen: bytes, and events."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.data = bytearray()
        self.events: list[str] = []
        self.keys = 0

    async def live(self) -> None:
        """Read until the end."""
        async for message in self.connection:
            if isinstance(message, bytes):
                self.data += message
            else:
                self.events.append(message)

    async def type(self) -> None:
        """Type numbered words, until cancelled."""
        while True:
            await self.connection.send(b"K%06d\r" % self.keys)
            self.keys += 1
            await asyncio.sleep(0.011)


class RawWatcher:
    """The same over a raw socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.data = bytearray()
        self.keys = 0

    async def live(self) -> None:
        while data := await self._reader.read(65536):
            self.data += data

    async def type(self) -> None:
        while True:
            self._writer.write(b"K%06d\r" % self.keys)
            await self._writer.drain()
            self.keys += 1
            await asyncio.sleep(0.011)
