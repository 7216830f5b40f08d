"""The way in: who is signed in, and the paths by which one signs in and out."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from com1d.errors import BadRequest
from com1d.gateway.messages import as_json
from com1d.gateway.problems import LinkSpent, TooManyTries
from com1d.gateway.signin.links import Links
from com1d.gateway.signin.signins import SignIn, SignIns
from com1d.gateway.signin.tries import Tries
from com1d.gateway.signin.user import User
from com1d.gateway.telemetry import Telemetry
from com1d.wire import field as member


TOKEN_BYTES: Final = 1024
"""Bytes of a body that brings a token."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Signs people in and out."""

    signins: SignIns
    links: Links
    telemetry: Telemetry
    ended: Callable[[SignIn], None]
    """Is told of a sign-in that ended before its time."""
    tries: Tries = field(default_factory=Tries)

    def signin_of(self, request: web.BaseRequest) -> SignIn | None:
        """Give who asks."""
        return self.signins.of(request, time.time())

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse | None:
        """Answer a request for one of the paths here; None for any other."""
        match request.method, path:
            case (("GET" | "HEAD"), "session"):
                return self._session(request)
            case "POST", "session/end":
                return self._end(request)
            case "POST", "link":
                return await self._redeem(request)
        return None

    def _session(self, request: web.BaseRequest) -> web.Response:
        signin = self.signin_of(request)
        if signin is None:
            return as_json({"sign_in": [{"kind": "link"}]}, 401)
        return as_json(_described(signin))

    def _end(self, request: web.BaseRequest) -> web.Response:
        if signin := self.signin_of(request):
            self.signins.end(signin, time.time())
            self.telemetry.say("signin.ended", user=signin.user.name)
            self.ended(signin)
        response = as_json({"url": None})
        self.signins.drop_cookie(response)
        return response

    async def _redeem(self, request: web.BaseRequest) -> web.Response:
        address, now = request.remote or "", time.time()
        if self.tries.exhausted(address, now):
            raise TooManyTries
        user = self.links.redeem(await _token(request), now)
        if user is None:
            self.tries.fail(address, now)
            self.telemetry.signins.labels("link", "refused").inc()
            raise LinkSpent
        return self._let_in(request, user, "link", as_json)

    def _let_in(
        self, request: web.BaseRequest, user: User, way: str, answer: Callable[[Any], web.Response]
    ) -> web.Response:
        signin, sealed = self.signins.begin(user, way, now := time.time())
        self.telemetry.signins.labels(way, "ok").inc()
        self.telemetry.say("signin.begun", user=user.name, way=way, address=request.remote)
        response = answer(_described(signin))
        self.signins.set_cookie(response, sealed, signin.expires - now)
        return response


def _described(signin: SignIn) -> dict[str, Any]:
    user = signin.user
    expires = datetime.fromtimestamp(signin.expires, UTC).isoformat(timespec="seconds")
    return {
        "user": user.name,
        "name": user.shown or user.name,
        "expires": expires.replace("+00:00", "Z"),
        "second_factor": user.second_factor,
        "sign_out": signin.way != "header",
    }


async def _token(request: web.BaseRequest) -> str:
    if (request.content_length or TOKEN_BYTES + 1) > TOKEN_BYTES:
        raise BadRequest("a body with a token and its Content-Length is expected")
    try:
        async with asyncio.timeout(5):
            message = json.loads(await request.content.readexactly(request.content_length or 0))
    except (ValueError, TimeoutError, asyncio.IncompleteReadError):
        raise BadRequest('{"token":"…"} is expected') from None
    if not isinstance(message, dict):
        raise BadRequest('{"token":"…"} is expected')
    return member(message, "token", str)
