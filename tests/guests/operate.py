"""What a script does without a session: one request to the daemon's API at a time."""

import asyncio
import json

from frontends.harness import Daemon
from guests.line import EXPECT_SECONDS
from house import Answer, close, parse


async def request(daemon: Daemon, method: str, path: str, body: bytes = b"") -> Answer:
    """Send one request below `/v1/consoles/` and give its answer."""
    head = f"{method} /v1/consoles/{path} HTTP/1.1\r\nHost: com1d\r\nConnection: close\r\n"
    reader, writer = await asyncio.open_unix_connection(daemon.socket)
    try:
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        async with asyncio.timeout(EXPECT_SECONDS):
            return parse(await reader.read())
    finally:
        await close(writer)


async def post(daemon: Daemon, path: str, **body: object) -> Answer:
    """`POST` to a console, such as `vm/keys`."""
    return await request(daemon, "POST", path, json.dumps(body).encode())


async def press(daemon: Daemon, name: str, *keys: str) -> None:
    """Press keys by name."""
    answer = await post(daemon, f"{name}/keys", keys=keys)
    assert (200, {"pressed": len(keys)}) == (answer.status, answer.json)


async def port_up(daemon: Daemon, name: str) -> None:
    """Wait until a console's port is open."""
    async with asyncio.timeout(EXPECT_SECONDS):
        while not (await request(daemon, "GET", name)).json["connected"]:
            await asyncio.sleep(0.01)
