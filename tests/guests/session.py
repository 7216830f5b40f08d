"""A session over `com1.v1`: where in the stream every byte lies, the events, and the end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed

from com1d.wire import SUBPROTOCOL
from guests.line import EXPECT_SECONDS, TAIL_BYTES


class Session:
    """What the daemon sent. Its bytes are checked against QEMU's log by their offsets."""

    def __init__(self, connection: ClientConnection) -> None:
        self.received = bytearray()
        self.events: list[dict[str, Any]] = []
        self._connection = connection
        self._parts: list[tuple[int, int]] = []
        """Where parts without a gap begin: the offset in the stream, the index in `received`."""
        self._seen = 0
        self._heard = 0
        self._ended = False
        self._news = asyncio.Event()

    @property
    def begin(self) -> int:
        """Offset of the first byte."""
        return self._parts[0][0]

    @property
    def end(self) -> int:
        """Offset behind the last byte."""
        offset, index = self._parts[-1]
        return offset + len(self.received) - index

    def names(self) -> list[str]:
        """Give the events by name, in order."""
        return [event["event"] for event in self.events]

    def agrees_with(self, log: bytes) -> bool:
        """Say whether every byte is the one that the guest printed at its offset."""
        ends = [index for _, index in self._parts[1:]] + [len(self.received)]
        return all(
            log[offset : offset + end - index] == self.received[index:end]
            for (offset, index), end in zip(self._parts, ends, strict=True)
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Read all the time. Outside of this, the client is a stuck one."""
        task = asyncio.create_task(self._read())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                self._take(await self._connection.recv())
        self._ended = True
        self._news.set()

    def _take(self, message: bytes | str) -> None:
        if isinstance(message, bytes):
            self.received += message
        else:
            event = json.loads(message)
            self.events.append(event)
            if event["event"] == "attached":
                self._parts.append((event["offset"] - event["replay"], 0))
            elif event["event"] == "lost":
                self._parts.append((event["offset"], len(self.received)))
        self._news.set()

    async def send(self, data: bytes) -> None:
        """Type."""
        await self._connection.send(data)

    async def expect(self, wanted: bytes) -> bytes:
        """Wait for `wanted` and give all that came since the last call, up to and including it."""
        start = searched = self._seen

        def found() -> bool:
            nonlocal searched
            at = self.received.find(wanted, searched)
            searched = max(start, len(self.received) - len(wanted)) if at < 0 else at
            return at >= 0

        await self._until(found, wanted)
        self._seen = searched + len(wanted)
        return bytes(self.received[start : self._seen])

    async def event(self, name: str) -> dict[str, Any]:
        """Wait for the next event `name`, past any others, and give it."""
        await self._until(lambda: name in self.names()[self._heard :], name)
        self._heard += self.names()[self._heard :].index(name) + 1
        return self.events[self._heard - 1]

    async def reaches(self, offset: int) -> None:
        """Wait until all that lies before `offset` came."""
        await self._until(lambda: bool(self._parts) and self.end >= offset, offset)

    async def close_code(self) -> int | None:
        """Wait until the daemon ends the session; give the code of its close frame."""
        await self._until(lambda: self._ended, "an end")
        return self._connection.close_code

    async def _until(self, true, wanted: object) -> None:
        try:
            async with asyncio.timeout(EXPECT_SECONDS):
                while not true():
                    if self._ended:
                        raise EOFError(f"no {wanted!r}, the session ended after {self._tail()}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"no {wanted!r}, the last that came is {self._tail()}") from None

    def _tail(self) -> str:
        return f"{bytes(self.received[-TAIL_BYTES:])!r}, events {self.events!r}"


@asynccontextmanager
async def stuck(socket: str, query: str = "") -> AsyncIterator[Session]:
    """Attach to the console `vm` and read nothing but inside `Session.reading`."""
    async with unix_connect(
        socket,
        f"ws://com1d/v1/consoles/vm/attach{query}",
        subprotocols=[SUBPROTOCOL],
        compression=None,
        max_size=None,
        ping_interval=None,  # who is stuck on purpose hears no pong
    ) as connection:
        yield Session(connection)


@asynccontextmanager
async def attached(socket: str, query: str = "") -> AsyncIterator[Session]:
    """Attach to the console `vm` and read all the time; what was there before has come."""
    async with stuck(socket, query) as session, session.reading():
        await session.event("replayed")
        yield session
