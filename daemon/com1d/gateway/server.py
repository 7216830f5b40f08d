"""The composition root: builds the gateway, runs it, and takes it down in the reverse order."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import uvloop
from aiohttp import web

from com1d.gateway import desk
from com1d.gateway.daemon import Daemon
from com1d.gateway.door.listener import Listener, Reception
from com1d.gateway.door.tls import Certificate
from com1d.gateway.relay.relays import Relays
from com1d.gateway.settings.config import Config
from com1d.gateway.signin.entrance import Entrance
from com1d.gateway.signin.links import Links
from com1d.gateway.signin.seal import Seal, key_of
from com1d.gateway.signin.signins import SignIns
from com1d.gateway.site.page import BUNDLE, Page
from com1d.gateway.site.site import Site
from com1d.gateway.telemetry import Telemetry, configure


KEEP_SECONDS: Final = 75.0
"""How long a connection may wait between two requests: longer than a proxy in front keeps it."""

STOP_SECONDS: Final = 3.0
"""Within which requests under way end, when the gateway stops."""

LIMITS: Final[dict[str, Any]] = {
    "access_log": None,
    "keepalive_timeout": KEEP_SECONDS,
    "max_line_size": 8190,
    "max_field_size": 8190,
    "max_headers": 48,
}
"""Of heads: those of browsers take 2 KiB, and up to 4 KiB more for the cookie."""


class Gateway:
    """A running gateway."""

    def __init__(self, config: Config, telemetry: Telemetry) -> None:
        """Build it, inside the event loop.

        Raises `SealKeyError`, and `OSError` for a certificate.
        """
        web_config = config.web
        self._config = config
        self._telemetry = telemetry
        self._certificate = (
            Certificate(web_config.certificate, web_config.key)
            if web_config.certificate and web_config.key
            else None
        )
        seal = Seal(key_of(web_config.seal_key))
        self._daemon = Daemon(web_config.daemon)
        self._relays = Relays(self._daemon.path)
        self._links = Links()
        signins = SignIns(seal, web_config.url, web_config.session_time)
        page = Page(BUNDLE, web_config.url.base)
        entrance = Entrance(signins, self._links, telemetry, self._relays.end)
        self._site = Site(web_config.url, self._daemon, self._relays, page, entrance, telemetry)
        self._http = web.Server(self._handle, handler_cancellation=True, **LIMITS)
        self._listener: Listener | None = None
        telemetry.connections.set_function(self._connections)
        telemetry.streams.set_function(lambda: len(self._relays.open))
        self.address: tuple[str, int] = web_config.listen
        """Where it listens."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Gateway"]:
        """Serve, until left."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._daemon.close)
            stack.push_async_callback(self._http.shutdown, STOP_SECONDS)
            stack.push_async_callback(self._relays.close)
            await self._open_desk(stack)
            await self._open_metrics(stack)
            self._open_door(stack)
            stack.push_async_callback(_cancelled, asyncio.create_task(self._relays.beat()))
            if self._certificate is not None:
                watch = asyncio.create_task(self._certificate.watch(self._certificate_told))
                stack.push_async_callback(_cancelled, watch)
            yield self

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with self.running():
            host, port = self.address
            self._telemetry.say(
                "gateway.started", url=self._config.web.url.text, listen=f"{host}:{port}",
                tls=self._certificate is not None, page=self._site.page.is_built,
            )  # fmt: skip
            if self._certificate is None:
                self._telemetry.warn(
                    "gateway.unencrypted", because="no certificate: this host only"
                )
            await stop.wait()
        self._telemetry.say("gateway.stopped")

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._listener is not None  # noqa: S101 - a request came in by it
        self._listener.known(request.protocol)
        return await self._site.handle(request)

    def _connections(self) -> int:
        return len(self._http.connections) + len(self._relays.open)

    def _open_door(self, stack: AsyncExitStack) -> None:
        sock = socket.create_server(self.address, family=_family(self.address[0]))
        self.address = sock.getsockname()[:2]
        reception = Reception(
            serve=self._http,
            tls=lambda: self._certificate.context if self._certificate else None,
            has_room=lambda: self._connections() < self._config.web.max_connections,
            turned_away=lambda why: self._telemetry.turned_away.labels(why).inc(),
        )
        self._listener = Listener(sock, reception)
        stack.push_async_callback(self._listener.close)

    async def _open_desk(self, stack: AsyncExitStack) -> None:
        web_config = self._config.web
        counter = desk.Desk(web_config.url, self._links, self._daemon, self._telemetry)
        server = web.Server(counter.handle, access_log=None)
        sock = desk.bind(web_config.link_socket, web_config.daemon)
        stack.callback(web_config.link_socket.unlink, missing_ok=True)
        listening = await asyncio.get_running_loop().create_unix_server(server, sock=sock)
        stack.push_async_callback(server.shutdown, STOP_SECONDS)
        stack.callback(listening.close)

    async def _open_metrics(self, stack: AsyncExitStack) -> None:
        if (address := self._config.web.metrics) is None:
            return
        server = web.Server(self._scrape, access_log=None)
        listening = await asyncio.get_running_loop().create_server(server, *address)
        stack.push_async_callback(server.shutdown, STOP_SECONDS)
        stack.callback(listening.close)

    async def _scrape(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/healthz":
            return web.Response(text="ok\n")
        if request.path != "/metrics":
            return web.Response(status=404)
        return web.Response(body=self._telemetry.page(), content_type="text/plain")

    def _certificate_told(self, outcome: str) -> None:
        fits = outcome == "ok"
        self._telemetry.certificates.labels("ok" if fits else "refused").inc()
        if fits:
            self._telemetry.say("certificate.taken")
        else:
            self._telemetry.warn("certificate.refused", because=outcome)


def serve_until_stopped(config: Config) -> None:
    """Serve until SIGTERM or SIGINT. Raises `Com1Error` and `OSError` where it cannot start."""
    configure()

    async def live() -> None:
        await Gateway(config, Telemetry()).run()

    uvloop.run(live())


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
