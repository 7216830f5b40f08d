"""The paths of the gateway: which request goes where, and who may ask it at all."""

from typing import Final

from aiohttp import web

from com1d.errors import InternalError, MethodNotAllowed, NotFound, Problem
from com1d.gateway.daemon import Daemon
from com1d.gateway.messages import SECURITY, as_problem, plain_path
from com1d.gateway.problems import SignInNeeded, WrongOrigin
from com1d.gateway.relay.relays import Relays
from com1d.gateway.settings.values import Address, Network
from com1d.gateway.signin.addresses import address_of
from com1d.gateway.signin.entrance import Entrance
from com1d.gateway.site.page import Page
from com1d.gateway.site.proxy import pass_on
from com1d.gateway.telemetry import Telemetry
from com1d.values import dataclass


API: Final = "v1/"
"""What the daemon's paths begin with."""


@dataclass(frozen=True, slots=True)
class Site:
    """What requests need. `handle` is given each."""

    url: Address
    daemon: Daemon
    relays: Relays
    page: Page
    entrance: Entrance
    telemetry: Telemetry
    proxies: tuple[Network, ...]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, whatever it is."""
        try:
            response = await self._answer(request)
        except Problem as problem:
            if problem.status in (400, 403, 429):
                self.telemetry.refuse(
                    "request.refused", code=problem.code, address=address_of(request, self.proxies),
                    path=request.path[:200], detail=problem.detail,
                )  # fmt: skip
            response = as_problem(problem)
        except Exception as error:  # noqa: BLE001 - a mistake in one answer must not end the gateway
            self.telemetry.fail("request.failed", error, method=request.method)
            response = as_problem(InternalError())
        self.telemetry.requests.labels(str(response.status)).inc()
        return response

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = plain_path(request.raw_path)
        if path == "/healthz":
            return web.Response(text="ok\n", headers=SECURITY)
        if not path.startswith(self.url.base):
            raise NotFound("no such path")
        path = path.removeprefix(self.url.base)
        upgrades = request.headers.get("Upgrade", "").lower() == "websocket"
        if request.method == "POST" or upgrades:
            self._demand_origin(request, upgrades=upgrades)
        elif request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(f"{request.method} is not taken here")
        if path.startswith(API):
            return await self._ask_daemon(request, upgrades=upgrades)
        if (answer := await self.entrance.answer(request, path)) is not None:
            return answer
        if request.method == "POST":
            raise MethodNotAllowed("this path takes no POST")
        return self.page.answer(request, path)

    async def _ask_daemon(self, request: web.BaseRequest, *, upgrades: bool) -> web.StreamResponse:
        signin = self.entrance.signin_of(request)
        target = request.raw_path.removeprefix(self.url.base.removesuffix("/"))
        if upgrades:
            return self.relays.begin(request, signin, target)
        if signin is None:
            raise SignInNeeded
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise WrongOrigin("another site asks")
        return await pass_on(request, target, signin.user, self.daemon)

    def _demand_origin(self, request: web.BaseRequest, *, upgrades: bool) -> None:
        """Raise `WrongOrigin` unless the page itself asks: a browser lets no other say so."""
        origin = request.headers.get("Origin")
        if origin != self.url.origin:
            raise WrongOrigin(f"Origin is {origin!r:.100}, and should be {self.url.origin!r}")
        if not upgrades and request.headers.get("X-Com1") != "1":
            raise WrongOrigin("X-Com1: 1 is missing")
