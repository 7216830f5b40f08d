"""The daemon, as the gateway asks it: HTTP on com1d.sock, in the name of whoever is signed in."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import (
    ClientConnectionError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    UnixConnector,
)
from aiohttp.cookiejar import DummyCookieJar
from yarl import URL

from com1d.errors import TooManyClients
from com1d.gateway.problems import NotReached
from com1d.gateway.signin.user import User


REQUESTS_MAX: Final = 128
"""Requests under way at once; more wait. A log is read in a second, a restart takes minutes."""

REQUESTS_OF_ONE: Final = 16
"""The same of one user, who would else keep the others waiting. A page has a few."""

CONNECT_SECONDS: Final = 5.0
"""Within which the daemon accepts: it does at once, unless it is restarting."""


class Daemon:
    """Asks requests of the daemon. Made and closed inside the event loop."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        """Its socket."""
        self._under_way: Counter[str] = Counter()
        """Requests of each user."""
        self._session = ClientSession(
            connector=UnixConnector(self.path, limit=REQUESTS_MAX),
            timeout=ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
        )

    @asynccontextmanager
    async def ask(
        self, user: User, method: str, target: str, body: bytes = b"", content_type: str = ""
    ) -> AsyncIterator[ClientResponse]:
        """Ask, and give the answer, whose body is still to be read.

        `target` is a raw path with its query. Raises `NotReached` and `TooManyClients`.
        """
        if self._under_way[user.name] >= REQUESTS_OF_ONE:
            raise TooManyClients("you have too many requests under way")
        self._under_way[user.name] += 1
        try:
            async with self._asked(user, method, target, body, content_type) as answer:
                yield answer
        finally:
            self._under_way[user.name] -= 1
            self._under_way += Counter()  # forgets those with none

    @asynccontextmanager
    async def _asked(
        self, user: User, method: str, target: str, body: bytes, content_type: str
    ) -> AsyncIterator[ClientResponse]:
        headers = user.headers() | ({"Content-Type": content_type} if content_type else {})
        try:
            answer = await self._session.request(
                method,
                URL(f"http://com1d{target}", encoded=True),
                headers=headers,
                data=body or None,
            )
        except (ClientConnectionError, TimeoutError) as error:
            raise NotReached(str(error)) from error
        async with answer:
            yield answer

    async def close(self) -> None:
        """End all that is under way."""
        await self._session.close()
