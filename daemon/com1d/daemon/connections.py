"""The connections of the API's socket and of the metrics listener."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Final

from com1d.access.peer import Caller
from com1d.api.connection import Bodies, Door, HttpConnection
from com1d.api.facilities import Facilities
from com1d.api.messages import refusal
from com1d.api.routes import Api
from com1d.errors import TooManyClients
from com1d.telemetry import facts


SCRAPES: Final = 8
"""Connections to the metrics port at once: a few scrapers. They are not part of `max_clients`,
since every user of the host can reach the port."""


class Connections:
    """Open connections, up to their end or their upgrade."""

    def __init__(self, facilities: Facilities, api: Api) -> None:
        """Have `api` answer."""
        bodies = Bodies()
        self._facilities = facilities
        self._door = Door(api, bodies, api.judge)
        self._open: set[HttpConnection] = set()
        self._scrape_door = Door(api, bodies, looks_only=True)
        self._scrapes: set[HttpConnection] = set()

    def __len__(self) -> int:
        """Count the connections of clients, without scrapes."""
        return len(self._open)

    def close(self) -> None:
        """Close them all."""
        for connection in (*self._open, *self._scrapes):
            connection.close()

    def accept_caller(self, sock: socket.socket) -> None:
        """Serve a new connection of `com1d.sock`."""
        if self._facilities.full():
            self._turn_away(sock, TooManyClients())
            return
        tasks = self._facilities.tasks
        task = asyncio.get_running_loop().create_task(self._identify(sock))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def accept_scrape(self, sock: socket.socket) -> None:
        """Serve a new connection of the metrics port, up to `SCRAPES` at once."""
        if len(self._scrapes) >= SCRAPES:
            sock.close()
        else:
            connection = self._connection(sock, None, self._scrape_door, self._scrapes.discard)
            self._scrapes.add(connection)

    async def _identify(self, sock: socket.socket) -> None:
        try:
            caller = await self._facilities.callers.identify(sock)
        except BaseException:
            sock.close()
            raise
        try:
            self._facilities.demand_room(caller)
        except TooManyClients as problem:
            self._turn_away(sock, problem)
            return
        uid, attendance = caller.peer.uid, self._facilities.attendance

        def gone(connection: HttpConnection) -> None:
            attendance.leave(uid)
            self._open.discard(connection)

        attendance.come(uid)
        self._open.add(self._connection(sock, caller, self._door, gone))

    def _connection(
        self,
        sock: socket.socket,
        caller: Caller | None,
        door: Door,
        gone: Callable[[HttpConnection], None],
    ) -> HttpConnection:
        poller = self._facilities.poller
        return HttpConnection(sock, caller, door, poller, failed=self._failed, gone=gone)

    def _failed(self, request: str, error: BaseException) -> None:
        self._facilities.record(facts.RequestFailed(request, f"{type(error).__name__}: {error}"))

    @staticmethod
    def _turn_away(sock: socket.socket, problem: TooManyClients) -> None:
        with contextlib.suppress(OSError):
            sock.send(refusal(problem))
        sock.close()
