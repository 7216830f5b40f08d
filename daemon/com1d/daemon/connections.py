"""The connections of the API's socket and of the metrics listener."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable
from typing import Final

from com1d.access.peer import Caller
from com1d.api.api import Api
from com1d.api.connection import HttpConnection
from com1d.api.door import Bodies, Door, Gate
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, refusal
from com1d.api.routes import UPGRADE, title
from com1d.core.carry import Packed, unpack
from com1d.errors import TooManyClients
from com1d.loop.descriptors import Descriptors
from com1d.telemetry import facts


SCRAPES: Final = 8
"""Connections to the metrics port at once: a few scrapers. They are not part of `max_clients`,
since every user of the host can reach the port."""


def _asks_for_it(connection: HttpConnection) -> bool:
    request = connection.request
    return request is not None and request.path == UPGRADE


class Connections:
    """Open connections, up to their end or their upgrade."""

    def __init__(
        self, facilities: Facilities, api: Api, failed: Callable[[str, Exception], None]
    ) -> None:
        """Have `api` answer. `failed` is called for bugs in an answer, with the route's title."""
        bodies, self._gate = Bodies(), Gate()
        self._facilities = facilities
        self._note_failure = failed
        self._door = Door(api, bodies, api.judge, api.resumes, self._gate)
        self._open: set[HttpConnection] = set()
        self._scrape_door = Door(api, bodies, gate=self._gate, looks_only=True)
        self._scrapes: set[HttpConnection] = set()
        self._askers: list[tuple[socket.socket, Caller]] = []
        """Connections of `com1d upgrade`, which another process could not answer any more."""

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
        self._serve(sock, caller)

    def _serve(self, sock: socket.socket, caller: Caller) -> HttpConnection:
        uid, attendance = caller.peer.uid, self._facilities.attendance

        def gone(connection: HttpConnection) -> None:
            attendance.leave(uid)
            self._open.discard(connection)

        attendance.come(uid)
        connection = self._connection(sock, caller, self._door, gone)
        self._open.add(connection)
        return connection

    # -- from one process to the next -------------------------------------------------------

    def pause(self) -> None:
        """Answer no new request until `go_on`: whole ones wait."""
        self._gate.is_open = False

    def go_on(self) -> None:
        """Answer requests again."""
        self._gate.is_open = True
        for connection in (*self._open, *self._scrapes):
            connection.go_on()

    def under_way(self) -> list[HttpConnection]:
        """Give the connections whose requests no other process could go on with."""
        return [
            each
            for each in self._open
            if each.is_torn or (each.request is not None and not _asks_for_it(each))
        ]

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all connections of clients. Who reads the metrics has to ask again."""
        return [
            each.hand_over(fds, f"http/{number}") | {"asked": _asks_for_it(each)}
            for number, each in enumerate(self._open)
        ]

    def take_over(self, packed: Packed, fds: Descriptors) -> None:
        """Go on with the connections of another process."""
        for each in packed:
            sock = socket.socket(fileno=fds.take(each["fd"]))
            sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
            if each["asked"]:
                self._askers.append((sock, unpack(each["caller"])))
            else:
                self._serve(sock, unpack(each["caller"])).take_over(each)

    def answer_askers(self, seconds: float, version: str) -> None:
        """Answer those who had asked for the change of processes, and tell the audit."""
        body = (
            json.dumps({"version": version, "seconds": round(seconds, 4), "pid": os.getpid()})
            + "\n"
        )
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        for sock, caller in self._askers:
            self._facilities.record(facts.VerbUsed(caller.who, None, None, "upgrade", "ok"))
            with sock, contextlib.suppress(OSError):
                sock.send((head + body).encode())
        self._askers.clear()

    def _connection(
        self,
        sock: socket.socket,
        caller: Caller | None,
        door: Door,
        gone: Callable[[HttpConnection], None],
    ) -> HttpConnection:
        poller = self._facilities.poller
        return HttpConnection(sock, caller, door, poller, failed=self._failed, gone=gone)

    def _failed(self, request: Request | None, error: Exception) -> None:
        self._note_failure(title(request), error)

    @staticmethod
    def _turn_away(sock: socket.socket, problem: TooManyClients) -> None:
        with contextlib.suppress(OSError):
            sock.send(refusal(problem))
        sock.close()
