"""A whole gateway in the test's own event loop, in front of a whole daemon, and browsers for it."""

import asyncio
import json
import os
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, CookieJar, UnixConnector
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from com1d.config import GatewayConfig, RoleConfig
from com1d.gateway.server import Gateway
from com1d.gateway.settings.config import Config, WebConfig
from com1d.gateway.settings.values import Address
from com1d.gateway.telemetry import Telemetry
from house import PATIENCE, House, running


OWNER = RoleConfig("user", "anna", "owner", "*")
GATEWAYS = (GatewayConfig(os.geteuid()),)


@dataclass
class Browser:
    """A browser with a jar for cookies, which says what browsers say of a page's requests."""

    session: ClientSession
    root: str
    origin: str
    tls: ssl.SSLContext | None = None

    def headers(self) -> dict[str, str]:
        return {"Origin": self.origin, "X-Com1": "1"}

    def get(self, path: str, **options: Any) -> Any:
        return self.session.get(self.root + path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.session.post(
            self.root + path, headers=self.headers() | options.pop("headers", {}), **options
        )

    def cookies(self) -> str:
        return "; ".join(f"{one.key}={one.value}" for one in self.session.cookie_jar)

    @asynccontextmanager
    async def stream(self, path: str, **headers: str) -> AsyncIterator[ClientConnection]:
        """Open a WebSocket as the page does."""
        said = {"Cookie": self.cookies()} | headers
        async with connect(
            re.sub("^http", "ws", self.root) + path, compression=None, max_size=None,
            subprotocols=[Subprotocol("com1.v1")], origin=Origin(said.pop("Origin", self.origin)),
            additional_headers=said, proxy=None, ssl=self.tls,
        ) as connection:  # fmt: skip
            yield connection


class Portal:
    """A running gateway."""

    def __init__(self, gateway: Gateway, config: Config, house: House) -> None:
        self.gateway = gateway
        self.config = config
        self.house = house
        self.url = config.web.url
        self.desk = config.web.link_socket
        host, port = gateway.address
        self.root = f"http://{host}:{port}{self.url.base}"

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield Browser(session, self.root, self.url.origin)

    @asynccontextmanager
    async def signed_in(self, user: str = "anna") -> AsyncIterator[Browser]:
        """Give a browser at which a user has signed in by a link."""
        async with self.browser() as browser:
            answer = await browser.post("link", json={"token": await self.token(user)})
            assert answer.status == 200
            yield browser

    async def raw(self, data: bytes) -> bytes:
        """Send bytes as they are, and give what comes until the gateway closes."""
        reader, writer = await asyncio.open_connection(*self.gateway.address)
        try:
            writer.write(data)
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def token(self, user: str = "anna") -> str:
        return (await self.link(user))["url"].partition("#")[2]

    async def link(self, user: str = "anna") -> dict[str, Any]:
        """Ask the desk for a link, as `com1-web link --for` does."""
        async with ClientSession(connector=UnixConnector(str(self.desk))) as session:
            answer = await session.post(f"http://web/link?for={user}")
            assert answer.status == 200
            return await answer.json()


async def problem(answer: ClientResponse) -> tuple[int, str]:
    """Give status and code of a refusal."""
    assert answer.content_type == "application/problem+json"
    return answer.status, json.loads(await answer.read())["code"]


def web_config(folder: Path, **settings: Any) -> WebConfig:
    """Give settings whose files are in `folder`."""
    made = WebConfig(
        listen=("127.0.0.1", 0), daemon=folder / "run" / "com1d.sock", runtime_dir=folder,
        seal_key=folder / "seal.key", metrics=None,
    )  # fmt: skip
    return replace(made, **settings)


@asynccontextmanager
async def opened(
    folder: Path, *names: str, roles: tuple[RoleConfig, ...] = (OWNER,), base: str = "/",
    settings: dict[str, Any] | None = None, tables: dict[str, Any] | None = None, **options: Any,
) -> AsyncIterator[Portal]:  # fmt: skip
    """Run a daemon with consoles, and a gateway for it."""
    url = Address("http", "127.0.0.1", 8523, base)
    config = Config(web_config(folder, **{"url": url} | (settings or {})), **tables or {})
    async with running(folder, *names, roles=roles, gateways=GATEWAYS, **options) as house:
        async with Gateway(config, Telemetry()).running() as gateway:
            yield Portal(gateway, config, house)
