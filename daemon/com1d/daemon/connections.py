"""The connections of the API's socket and of the metrics listener."""

import asyncio
import contextlib
import socket

from com1d.access.peer import Caller
from com1d.api.facilities import Facilities
from com1d.api.http import HttpConnection, refusal
from com1d.api.routes import Api
from com1d.errors import TooManyClients
from com1d.telemetry import facts


class Connections:
    """Those that are open, up to their end or their upgrade."""

    def __init__(self, facilities: Facilities, api: Api) -> None:
        """Have `api` answer."""
        self._facilities = facilities
        self._api = api
        self._open: set[HttpConnection] = set()

    def __len__(self) -> int:
        """Count them."""
        return len(self._open)

    def close(self) -> None:
        """Close them all."""
        for connection in tuple(self._open):
            connection.close()

    def accept_caller(self, sock: socket.socket) -> None:
        """Serve a new connection of `com1d.sock`."""
        if self._turned_away(sock):
            return
        tasks = self._facilities.tasks
        task = asyncio.get_running_loop().create_task(self._identify(sock))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def accept_scrape(self, sock: socket.socket) -> None:
        """Serve a new connection of the metrics listener: nobody knows who it is."""
        if not self._turned_away(sock):
            self._connect(sock, None)

    async def _identify(self, sock: socket.socket) -> None:
        try:
            caller = await self._facilities.callers.identify(sock)
        except BaseException:
            sock.close()
            raise
        self._connect(sock, caller)

    def _connect(self, sock: socket.socket, caller: Caller | None) -> None:
        self._open.add(
            HttpConnection(
                sock,
                caller,
                self._api,
                self._facilities.poller,
                failed=self._failed,
                gone=self._open.discard,
            )
        )

    def _failed(self, request: str, error: BaseException) -> None:
        self._facilities.record(facts.RequestFailed(request, f"{type(error).__name__}: {error}"))

    def _turned_away(self, sock: socket.socket) -> bool:
        if not self._facilities.full():
            return False
        with contextlib.suppress(OSError):
            sock.send(refusal(TooManyClients()))
        sock.close()
        return True
