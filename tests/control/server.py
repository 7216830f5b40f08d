"""Servers on Unix sockets that are not what they should be."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

GREETING = {"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}, "package": ""},
                    "capabilities": []}}  # fmt: skip


@asynccontextmanager
async def listening(path: Path, serve: Serve) -> AsyncIterator[None]:
    """Serve each connection to `path` until this block ends."""
    serving: set[asyncio.Task[Any]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            with suppress(OSError, EOFError):
                await serve(reader, writer)
        finally:
            serving.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_unix_server(one, str(path))
    try:
        yield
    finally:
        server.close()
        for task in tuple(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await server.wait_closed()


def line(message: object) -> bytes:
    """Write one QMP message."""
    return json.dumps(message).encode() + b"\r\n"


async def negotiate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greet as QEMU does."""
    writer.write(line(GREETING))
    await reply(reader, writer, {})


async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, value: object) -> None:
    """Answer the next command."""
    command = await asked(reader)
    answer = {"return": value} | ({"id": command["id"]} if "id" in command else {})
    writer.write(line(answer))


async def asked(reader: asyncio.StreamReader) -> dict[str, object]:
    """Take the next command. Clients send one at a time, without a line's end."""
    if not (data := await reader.read(65536)):
        raise ConnectionResetError
    return json.loads(data)
