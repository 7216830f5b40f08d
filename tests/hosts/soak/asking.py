"""Asking com1d, and waiting."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from hosts.soak.users import API
from house import PATIENCE, parse


STEP = 0.01
"""Seconds between two pieces of a guest."""

ASKED = "{method} {path} HTTP/1.1\r\nHost: com1d\r\nConnection: close\r\nContent-Length: {length}"


async def request(method: str, path: str, body: str = "") -> Any:
    """Ask com1d; give what it answers."""
    reader, writer = await asyncio.open_unix_connection(API)
    head = ASKED.format(method=method, path=path, length=len(body))
    writer.write(f"{head}\r\n\r\n{body}".encode())
    answer = parse(await reader.read())
    writer.close()
    assert answer.status == 200, answer
    return answer.json


async def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for what has to come."""
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(STEP)
    except TimeoutError:
        sys.exit(f"waited in vain for {what}")
