"""HTTP with browsers: bounds on heads, and a plain answer to what cannot be read."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from com1d.errors import BadRequest
from com1d.gateway.messages import as_problem


KEEP_SECONDS: Final = 75.0
"""How long a connection may wait between two requests: longer than a proxy in front keeps it."""

HEADS: Final[dict[str, Any]] = {
    "max_line_size": 8190,
    "max_field_size": 8190,
    "max_headers": 48,
    "auto_decompress": False,  # no bodies that grow
}
"""Bounds of heads: those of browsers take 2 KiB, and up to 4 KiB more for the cookie."""

STOP_SECONDS: Final = 3.0
"""Within which requests under way end, when the gateway stops."""


class Connection(RequestHandler):
    """One connection."""

    __slots__ = ("_unreadable",)

    def __init__(self, server: web.Server, unreadable: Callable[[], None]) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type] # it is None where it is off
            keepalive_timeout=KEEP_SECONDS,
            **HEADS,
        )
        self._unreadable = unreadable

    def handle_error(self, *_error: object, **_more: object) -> web.StreamResponse:
        """Answer what is no request. The answer does not repeat it, nor does the log."""
        self._unreadable()
        response = as_problem(BadRequest("this is no HTTP request"))
        response.force_close()
        return response


class Http:
    """All connections of browsers."""

    def __init__(
        self,
        handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        unreadable: Callable[[], None],
    ) -> None:
        """Answer with `handle`; a request whose browser hangs up is cancelled."""
        self._server = web.Server(handle, handler_cancellation=True)
        self._unreadable = unreadable

    def __len__(self) -> int:
        """Give how many are open."""
        return len(self._server.connections)

    def connection(self) -> Connection:
        """Make the protocol of a new one."""
        return Connection(self._server, self._unreadable)

    async def close(self) -> None:
        """Let requests under way end, and close all."""
        await self._server.shutdown(STOP_SECONDS)
