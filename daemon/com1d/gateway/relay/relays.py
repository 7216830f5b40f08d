"""All relays: how a browser's WebSocket becomes one, and when they end together."""

import asyncio
import time
from http import HTTPStatus
from typing import Final

from aiohttp import web
from websockets.utils import accept_key

from com1d.errors import BadRequest, Problem, TooManyClients
from com1d.gateway.problems import SignInNeeded
from com1d.gateway.relay.relay import Relay
from com1d.gateway.signin.signins import SignIn
from com1d.wire import CLOSE_RESTARTING, SUBPROTOCOL


BEAT_SECONDS: Final = 5.0
"""Between two looks at what is due: so late a session's streams may end after it."""

STREAMS_OF_ONE: Final = 64
"""Streams of one user: three browsers with nine consoles each, and their events, twice over."""

REFUSED_AT_ONCE: Final = 64
"""Streams that are open only to say that one has to sign in; more are told so without one."""

_KEY_CHARACTERS: Final = 24
"""Of 16 bytes in base64."""


class Handed(web.StreamResponse):
    """What a handler returns whose connection is no longer the HTTP server's."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send nothing."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send nothing."""


class Relays:
    """The streams of all browsers."""

    def __init__(self, path: str) -> None:
        """Open them at the daemon's socket, `path`."""
        self.open: set[Relay] = set()
        self._path = path
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self, request: web.BaseRequest, signin: SignIn | None, target: str
    ) -> web.StreamResponse:
        """Take over a browser's opening.

        Raises `BadRequest` where it is none, and `SignInNeeded` where too many are told so already.
        """
        reply = _reply(request)
        if signin is None and sum(one.signin is None for one in self.open) >= REFUSED_AT_ONCE:
            raise SignInNeeded
        transport, protocol = request.transport, request.protocol
        handed = Handed(status=HTTPStatus.SWITCHING_PROTOCOLS)
        if transport is None or transport.is_closing():
            return handed
        protocol.transport = None  # it is ours now, and not the HTTP server's to close
        protocol.connection_lost(None)
        transport.write(reply)
        relay = Relay(signin, transport, self.open.discard)
        self.open.add(relay)
        if problem := self._obstacle(signin):
            relay.refuse(problem.as_json())
        else:
            task = asyncio.get_running_loop().create_task(relay.open(self._path, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return handed

    def _obstacle(self, signin: SignIn | None) -> Problem | None:
        if signin is None:
            return SignInNeeded()
        name = signin.user.name
        count = sum(one.signin is not None and one.signin.user.name == name for one in self.open)
        return TooManyClients("you have too many streams open") if count > STREAMS_OF_ONE else None

    def end(self, signin: SignIn) -> None:
        """End the streams of a sign-in."""
        for relay in [one for one in self.open if one.signin and one.signin.id == signin.id]:
            relay.refuse(SignInNeeded("you have signed out").as_json())

    async def beat(self) -> None:
        """See to what is due, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            for relay in list(self.open):
                relay.beat(loop.time(), time.time())

    async def close(self) -> None:
        """Send all away: the gateway stops."""
        for task in list(self._tasks):
            task.cancel()
        for relay in list(self.open):
            relay.leave(CLOSE_RESTARTING, "com1-web stops")
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _reply(request: web.BaseRequest) -> bytes:
    """Answer an opening (RFC 6455, 4.2)."""
    key = request.headers.get("Sec-WebSocket-Key", "")
    offered = [
        word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    ]
    if request.headers.get("Sec-WebSocket-Version") != "13" or len(key) != _KEY_CHARACTERS:
        raise BadRequest("this is no WebSocket opening")
    if SUBPROTOCOL not in offered:
        raise BadRequest(f"the subprotocol {SUBPROTOCOL} is missing")
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    ).encode()
