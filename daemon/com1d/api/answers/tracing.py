"""`GET /v1/consoles/NAME/trace`: where the bytes of one console spend their time, as JSON lines."""

import asyncio
import contextlib
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Final

from com1d.api.answers.selection import console_of
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response
from com1d.console.console import Console
from com1d.console.tracing import Trace
from com1d.core.access.policy import Verb
from com1d.errors import BadRequest, Busy


SECONDS: Final = 10.0
SECONDS_MAX: Final = 600
"""A trace makes its console slower, so it ends."""

WAITING_MAX: Final = 1000
"""Pieces that wait for who reads the trace; what is more is counted."""


async def trace(house: Facilities, request: Request, name: str) -> Response:
    """Answer with a trace that begins now. Raises `Problem`."""
    console = console_of(house, request, name, Verb.TRACE)
    text = request.query.get("seconds", str(int(SECONDS)))
    if not re.fullmatch("[1-9][0-9]{0,2}", text) or int(text) > SECONDS_MAX:
        raise BadRequest(f'"seconds" is a number from 1 to {SECONDS_MAX}')
    if console.fanout.is_traced:
        raise Busy(f"{console.name} is traced already; try again when that has ended")
    return Response(body=_begin(house, console, int(text)), content_type="application/jsonl")


def _begin(house: Facilities, console: Console, seconds: int) -> AsyncIterator[bytes]:
    """Begin a trace, which ends in time also where nobody reads it."""
    queue: deque[dict[str, Any]] = deque()
    news, missed = asyncio.Event(), [0]

    def tell(piece: dict[str, Any]) -> None:
        if len(queue) < WAITING_MAX:
            queue.append(piece)
            news.set()
        else:
            missed[0] += 1

    tracing = Trace(console, house.poller, tell)
    loop = asyncio.get_running_loop()
    loop.call_later(seconds, tracing.close)

    async def lines() -> AsyncIterator[bytes]:
        yield _line({"console": console.name, "seconds": seconds})
        deadline = loop.time() + seconds
        try:
            while loop.time() < deadline:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(deadline):
                        await news.wait()
                news.clear()
                while queue:
                    yield _line(queue.popleft())
        finally:
            tracing.close()
        yield _line({"missed": missed[0]})

    return lines()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
