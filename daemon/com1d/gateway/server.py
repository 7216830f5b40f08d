"""The composition root: builds the gateway, runs it, and takes it down in the reverse order."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import uvloop
from aiohttp import web

from com1d.gateway import desk
from com1d.gateway.daemon import Daemon
from com1d.gateway.door.http import STOP_SECONDS, Http
from com1d.gateway.door.listener import Listener, Reception
from com1d.gateway.door.tls import Certificate
from com1d.gateway.relay.relays import Relays
from com1d.gateway.settings.config import Config
from com1d.gateway.settings.ways import OidcConfig
from com1d.gateway.signin.ended import Ended
from com1d.gateway.signin.entrance import Entrance
from com1d.gateway.signin.header import Header
from com1d.gateway.signin.links import Links
from com1d.gateway.signin.oidc.flow import Flow
from com1d.gateway.signin.oidc.provider import Provider
from com1d.gateway.signin.seal import Seal, key_of
from com1d.gateway.signin.signins import SignIns
from com1d.gateway.site.page import BUNDLE, Page
from com1d.gateway.site.site import Site
from com1d.gateway.telemetry import Telemetry, configure


class Gateway:
    """A running gateway."""

    def __init__(self, config: Config, telemetry: Telemetry) -> None:
        """Build it, inside the event loop.

        Raises `SealKeyError`, and `OSError` for a certificate.
        """
        web_config = config.web
        self._config = config
        self._telemetry = telemetry
        self.certificate = _certificate(config)
        """What TLS is spoken with; None without TLS."""
        seal = Seal(key_of(web_config.seal_key))
        self._daemon = Daemon(web_config.daemon)
        self.relays = Relays(self._daemon.path)
        """The streams of browsers."""
        self._links = Links()
        ended = Ended(web_config.seal_key.with_suffix(".ended"), time.time())
        signins = SignIns(seal, web_config.url, web_config.session_time, ended)
        page = Page(BUNDLE, web_config.url.base)
        self._provider = _provider(config.oidc)
        flow = (
            Flow(config.oidc, web_config.url, seal, self._provider)
            if config.oidc and self._provider
            else None
        )
        header = Header(config.header, web_config.session_time) if config.header else None
        entrance = Entrance(
            config, signins, self._links, telemetry, self.relays.end, self._know, flow, header
        )
        self._site = Site(
            web_config.url, self._daemon, self.relays, page, entrance, telemetry,
            web_config.proxies,
        )  # fmt: skip
        self._http = Http(self._handle, telemetry.turned_away.labels("unreadable").inc)
        self._listener: Listener | None = None
        telemetry.connections.set_function(lambda: self.connections)
        telemetry.streams.set_function(lambda: len(self.relays.open))
        self.address: tuple[str, int] = web_config.listen
        """Where it listens."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Gateway"]:
        """Serve, until left."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._daemon.close)
            if self._provider is not None:
                stack.push_async_callback(self._provider.close)
            stack.push_async_callback(self._http.close)
            stack.push_async_callback(self.relays.close)
            await self._open_desk(stack)
            await self._open_metrics(stack)
            self._open_door(stack)
            stack.push_async_callback(_cancelled, asyncio.create_task(self.relays.beat()))
            if self.certificate is not None:
                watch = asyncio.create_task(self.certificate.watch(self._certificate_told))
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
                tls=self.certificate is not None, page=self._site.page.is_built,
            )  # fmt: skip
            if self.certificate is None:
                self._telemetry.warn(
                    "gateway.unencrypted", because="no certificate: this host only"
                )
            await stop.wait()
        self._telemetry.say("gateway.stopped")

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._listener is not None  # noqa: S101 - a request came in by it
        self._listener.asks(request.protocol)
        return await self._site.handle(request)

    def _know(self, request: web.BaseRequest) -> None:
        if self._listener is not None:
            self._listener.known(request.protocol)

    @property
    def connections(self) -> int:
        """Give how many are open, streams included."""
        return len(self._http) + len(self.relays.open)

    def _open_door(self, stack: AsyncExitStack) -> None:
        sock = socket.create_server(self.address, family=_family(self.address[0]))
        self.address = sock.getsockname()[:2]
        reception = Reception(
            serve=self._http.connection,
            tls=lambda: self.certificate.context if self.certificate else None,
            has_room=lambda: self.connections < self._config.web.max_connections,
            turned_away=lambda why: self._telemetry.turned_away.labels(why).inc(),
        )
        self._listener = Listener(sock, reception)
        stack.push_async_callback(self._listener.close)

    async def _open_desk(self, stack: AsyncExitStack) -> None:
        web_config = self._config.web
        counter = desk.Desk(web_config.url, self._links, self._daemon, self._telemetry)
        server = web.Server(counter.handle, access_log=None)
        sock = desk.bind(web_config.link_socket)
        stack.callback(web_config.link_socket.unlink, missing_ok=True)
        listening = await asyncio.get_running_loop().create_unix_server(server, sock=sock)
        stack.push_async_callback(server.shutdown, STOP_SECONDS)
        stack.callback(listening.close)
        sharing = asyncio.create_task(desk.share(web_config.link_socket, web_config.daemon))
        stack.push_async_callback(_cancelled, sharing)

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


def _certificate(config: Config) -> Certificate | None:
    """Give what TLS is spoken with. Raises `OSError` where the files do not fit."""
    chain, key = config.web.certificate, config.web.key
    if chain is None or key is None:
        return None
    return Certificate(chain, key, config.header.client_ca if config.header else None)


def _provider(config: OidcConfig | None) -> Provider | None:
    """Give the provider to ask. Raises `OSError` where its secret cannot be read."""
    if config is None:
        return None
    secret = config.client_secret.read_text().strip() if config.client_secret else ""
    return Provider(config, secret)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
