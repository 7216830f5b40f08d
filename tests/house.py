"""A whole daemon inside the test's own event loop, with guests on real FIFOs as QEMU has them."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, unix_connect

from com1d.config import (
    Config,
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    GatewayConfig,
    HookConfig,
    PortAddress,
    RoleConfig,
)
from com1d.console.console import Console
from com1d.daemon.service import Service
from com1d.loop.stalls import HoldTimes


PATIENCE = 30.0
"""Seconds to wait for an event that must come: the machine may be busy."""


class FifoGuest:
    """The VM's side of a `pipe:` port: both FIFOs open for reading and writing, like QEMU's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._in = self._out = -1

    def start(self) -> "FifoGuest":
        self._in = os.open(f"{self._path}.in", os.O_RDWR | os.O_NONBLOCK)
        self._out = os.open(f"{self._path}.out", os.O_RDWR | os.O_NONBLOCK)
        return self

    def stop(self) -> None:
        os.close(self._in)
        os.close(self._out)

    def print(self, data: bytes) -> None:
        """Print as much as must fit into the FIFO."""
        assert len(data) == os.write(self._out, data)

    def print_some(self, data: bytes) -> None:
        """Print as much as the FIFO takes."""
        with suppress(BlockingIOError):
            os.write(self._out, data)

    async def print_all(self, data: bytes) -> None:
        """Print any amount, waiting where the FIFO is full."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._out, view[:65536]) :]
            except BlockingIOError:
                await asyncio.sleep(0.001)

    async def typed(self, count: int) -> bytes:
        """Wait for `count` bytes that a user typed."""
        got = b""
        async with asyncio.timeout(PATIENCE):
            while len(got) < count:
                try:
                    got += os.read(self._in, count - len(got))
                except BlockingIOError:
                    await asyncio.sleep(0.001)
        return got

    def typed_now(self) -> bytes:
        """Give what arrived so far."""
        try:
            return os.read(self._in, 1 << 20)
        except BlockingIOError:
            return b""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class House:
    """A running daemon, its guests, and ways in."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder
        self.service = service
        self.api = folder / "run" / "com1d.sock"

    def guest(self, name: str) -> FifoGuest:
        return FifoGuest(self.folder / "guests" / name)

    def socket(self, name: str) -> Path:
        return self.folder / "run" / "consoles" / f"{name}.sock"

    async def request(self, method: str, path: str, body: bytes = b"") -> Answer:
        head = f"{method} {path} HTTP/1.1\r\nHost: com1d\r\nConnection: close\r\n"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        return parse(await self.send_raw(head.encode() + b"\r\n" + body))

    async def get(self, path: str) -> Answer:
        return await self.request("GET", path)

    async def send_raw(self, data: bytes) -> bytes:
        """Send bytes to the API socket and give all that comes back until it is closed."""
        reader, writer = await asyncio.open_unix_connection(str(self.api))
        try:
            writer.write(data)
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        except (ConnectionResetError, BrokenPipeError):
            return b""
        finally:
            await close(writer)

    @asynccontextmanager
    async def attach(self, name: str, query: str = "") -> AsyncIterator[ClientConnection]:
        async with unix_connect(
            str(self.api), f"ws://com1d/v1/consoles/{name}/attach{query}",
            subprotocols=["com1.v1"], compression=None, max_size=None,
        ) as connection:  # fmt: skip
            yield connection

    @asynccontextmanager
    async def raw(
        self, name: str
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_unix_connection(str(self.socket(name)))
        try:
            yield reader, writer
        finally:
            await close(writer)

    async def up(self, name: str) -> None:
        """Wait until the port is open."""
        await self.until(lambda: self.service.consoles[name].connected)

    async def until(self, condition) -> None:
        """Wait for something that the daemon does in this loop."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.001)


def discarded(console: Console) -> int:
    """Count the bytes that were typed and never sent."""
    return sum(console.counts.discarded.values()) + console.seating.typed_in_vain


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionResetError, BrokenPipeError):
        await writer.wait_closed()


def parse(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = _dechunk(body)
    return Answer(int(first.split()[1]), headers, body)


def _dechunk(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        whole += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return whole


@asynccontextmanager
async def running(
    folder: Path,
    *names: str,
    roles: tuple[RoleConfig, ...] = (),
    max_clients: int = 4096,
    holds: HoldTimes | None = None,
    host: dict[str, Any] | None = None,
    gateways: tuple[GatewayConfig, ...] = (),
    discover: tuple[DiscoverConfig, ...] = (),
    hooks: tuple[HookConfig, ...] = (),
    others: tuple[ConsoleConfig, ...] = (),
    **options: Any,
) -> AsyncIterator[House]:
    """Run a daemon with a `pipe:` console for each name, and `others`.

    `options` go to each of the former, `host` to the table [daemon].
    """
    consoles = {
        name: ConsoleConfig(
            **dict[str, Any](name=name, port=PortAddress("pipe", f"{folder}/guests/{name}"))
            | options
        )
        for name in names
    } | {one.name: one for one in others}
    directories = {
        "runtime_dir": folder / "run", "state_dir": folder / "state", "log_dir": folder / "log"
    }  # fmt: skip
    settings = dict[str, Any](metrics=None, max_clients=max_clients) | directories | (host or {})
    daemon = DaemonConfig(**settings)
    config = Config(daemon, consoles, roles, gateways, discover, hooks)
    service = Service(config, folder / "com1d.toml", holds or HoldTimes())
    task = asyncio.create_task(service.run())
    house = House(folder, service)
    try:
        async with asyncio.timeout(PATIENCE):
            while not service.ready.is_set() and not task.done():
                await asyncio.sleep(0.001)
        if task.done():
            task.result()
        yield house
    finally:
        service.stop()
        await task


async def events(connection: ClientConnection, until: str) -> tuple[list[dict[str, Any]], bytes]:
    """Collect events and console bytes up to and including the event named `until`."""
    seen: list[dict[str, Any]] = []
    stream = b""
    async with asyncio.timeout(PATIENCE):
        while not seen or until != seen[-1]["event"]:
            message = await connection.recv()
            if isinstance(message, bytes):
                stream += message
            else:
                seen.append(json.loads(message))
    return seen, stream


async def read_bytes(connection: ClientConnection, count: int) -> bytes:
    """Collect `count` console bytes, past any events."""
    stream = b""
    async with asyncio.timeout(PATIENCE):
        while len(stream) < count:
            message = await connection.recv()
            stream += message if isinstance(message, bytes) else b""
    return stream
