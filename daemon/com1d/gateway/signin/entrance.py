"""The way in: who is signed in, and the paths by which one signs in and out."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from com1d.errors import BadRequest
from com1d.gateway.messages import as_json, as_page
from com1d.gateway.problems import LinkSpent, SignedInAlready, TooManyTries
from com1d.gateway.settings.config import Config
from com1d.gateway.signin.addresses import address_of
from com1d.gateway.signin.header import Header
from com1d.gateway.signin.links import Links
from com1d.gateway.signin.oidc.flow import Flow
from com1d.gateway.signin.oidc.provider import ProviderError
from com1d.gateway.signin.oidc.tokens import TokenRefusedError
from com1d.gateway.signin.signins import SignIn, SignIns
from com1d.gateway.signin.tries import Tries
from com1d.gateway.signin.user import User
from com1d.gateway.telemetry import Telemetry
from com1d.values import dataclass
from com1d.wire import field as member


TOKEN_BYTES: Final = 1024
"""Bytes of a body that brings a token."""

TOKEN_SECONDS: Final = 5.0
"""Within which it arrives."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Signs people in and out."""

    config: Config
    signins: SignIns
    links: Links
    telemetry: Telemetry
    ended: Callable[[SignIn], None]
    """Is told of a sign-in that ended before its time."""
    known: Callable[[web.BaseRequest], None]
    """Is told of a request by somebody who is signed in."""
    oidc: Flow | None
    header: Header | None
    tries: Tries = field(default_factory=Tries)

    def signin_of(self, request: web.BaseRequest) -> SignIn | None:
        """Give who asks. Raises `Forbidden` for a header that is not believed."""
        by_header = self.header.signin_of(request) if self.header else None
        signin = by_header or self.signins.of(request, time.time())
        if signin is not None:
            self.known(request)
        return signin

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse | None:
        """Answer a request for one of the paths here; None for any other."""
        match request.method, path:
            case (("GET" | "HEAD"), "session"):
                return self._session(request)
            case "POST", "session/end":
                return await self._end(request)
            case "POST", "link":
                return await self._redeem(request)
            case "GET", "sign-in/oidc" if self.oidc is not None:
                return await self._send_to(self.oidc, request)
            case "GET", "sign-in/oidc/callback" if self.oidc is not None:
                return await self._take_back(self.oidc, request)
        return None

    def _session(self, request: web.BaseRequest) -> web.Response:
        signin = self.signin_of(request)
        if signin is not None:
            return as_json(self._described(signin))
        ways: list[dict[str, str]] = [{"kind": "link"}]
        if self.config.oidc is not None:
            url = f"{self.config.web.url.base}sign-in/oidc"
            ways.insert(0, {"kind": "oidc", "name": self.config.oidc.name, "url": url})
        return as_json({"sign_in": ways}, 401)

    async def _end(self, request: web.BaseRequest) -> web.Response:
        url = None
        if signin := self.signin_of(request):
            self.signins.end(signin, time.time())
            await self._keep_ended()
            self.telemetry.say("signin.ended", user=signin.user.name, way=signin.way)
            self.ended(signin)
            url = await self._logout(signin)
        response = as_json({"url": url})
        self.signins.drop_cookie(response)
        return response

    async def _keep_ended(self) -> None:
        try:
            await asyncio.to_thread(self.signins.ended.keep)
        except OSError as error:
            self.telemetry.warn("signout.unkept", because=str(error))

    async def _logout(self, signin: SignIn) -> str | None:
        """Give where one signs out at whoever signed him in."""
        if signin.way == "header" and self.header is not None:
            return self.header.config.logout
        if signin.way == "oidc" and self.oidc is not None:
            return await self.oidc.logout(_now())
        return None

    async def _redeem(self, request: web.BaseRequest) -> web.Response:
        self._demand_patience(request)
        token = await _token(request)
        self._demand_nobody_else(request, self.links.user_of(token, time.time()))
        user = self.links.redeem(token, time.time())
        if user is None:
            self._note_failure(request, "link", "no link that waits")
            raise LinkSpent
        signin, sealed = self._begin(request, user, "link")
        response = as_json(self._described(signin))
        self.signins.set_cookie(response, sealed, signin.expires - time.time())
        return response

    def _demand_nobody_else(self, request: web.BaseRequest, user: User | None) -> None:
        """Refuse to put `user` in the place of another one: whose link this is may be a trap."""
        here = self.signin_of(request)
        if user is not None and here is not None and here.user.name != user.name:
            raise SignedInAlready(f"{here.user.name}, and the link is {user.name}'s")

    async def _send_to(self, oidc: Flow, request: web.BaseRequest) -> web.Response:
        self._demand_patience(request)
        try:
            return await oidc.begin(request.query.get("view", ""), _now())
        except ProviderError as error:
            return self._unreachable(error)

    async def _take_back(self, oidc: Flow, request: web.BaseRequest) -> web.Response:
        self._demand_patience(request)
        try:
            arrival = await oidc.finish(request, _now())
        except ProviderError as error:
            response = self._unreachable(error)
        except TokenRefusedError as error:
            self._note_failure(request, "oidc", str(error))
            text = "What came back from your identity provider does not fit. Please start again."
            response = as_page("Not signed in", text, self.config.web.url.base, 403)
        else:
            signin, sealed = self._begin(request, arrival.user, "oidc", arrival.until)
            response = oidc.back(arrival)
            self.signins.set_cookie(response, sealed, signin.expires - time.time())
        oidc.forget(response)
        return response

    def _unreachable(self, error: ProviderError) -> web.Response:
        self.telemetry.signins.labels("oidc", "failed").inc()
        self.telemetry.refuse("provider.failed", because=str(error))
        text = "Your identity provider does not answer as it should. The log of com1-web says more."
        return as_page("Not signed in", text, self.config.web.url.base, 502)

    def _begin(
        self, request: web.BaseRequest, user: User, way: str, until: float | None = None
    ) -> tuple[SignIn, str]:
        signin, sealed = self.signins.begin(user, way, time.time(), until)
        self.telemetry.signins.labels(way, "ok").inc()
        address = self._address(request)
        self.telemetry.say("signin.begun", user=user.name, way=way, address=address)
        if left_out := len(user.groups) - len(signin.user.groups):
            self.telemetry.warn("signin.groups_left_out", user=user.name, groups=left_out)
        return signin, sealed

    def _demand_patience(self, request: web.BaseRequest) -> None:
        if self.tries.exhausted(self._address(request), _now()):
            raise TooManyTries

    def _note_failure(self, request: web.BaseRequest, way: str, because: str) -> None:
        address = self._address(request)
        self.tries.fail(address, _now())
        self.telemetry.signins.labels(way, "refused").inc()
        self.telemetry.refuse("signin.refused", way=way, address=address, because=because)

    def _address(self, request: web.BaseRequest) -> str:
        return address_of(request, self.config.web.proxies)

    def _described(self, signin: SignIn) -> dict[str, Any]:
        user = signin.user
        expires = datetime.fromtimestamp(signin.expires, UTC).isoformat(timespec="seconds")
        leads_out = self.header is not None and self.header.config.logout is not None
        return {
            "user": user.name,
            "name": user.shown or user.name,
            "expires": expires.replace("+00:00", "Z"),
            "second_factor": user.second_factor,
            "sign_out": signin.way != "header" or leads_out,
        }


def _now() -> float:
    """Give the loop's time, for what lasts."""
    return asyncio.get_running_loop().time()


async def _token(request: web.BaseRequest) -> str:
    length = request.content_length
    if length is None or length > TOKEN_BYTES:
        raise BadRequest("a short body with its Content-Length is expected")
    try:
        async with asyncio.timeout(TOKEN_SECONDS):
            message = json.loads(await request.content.readexactly(length))
    except (ValueError, RecursionError, TimeoutError, asyncio.IncompleteReadError):
        message = None
    if not isinstance(message, dict):
        raise BadRequest('{"token":"…"} is expected')
    return member(message, "token", str)
