"""The two raw sockets of a console: who comes in here attaches, or reads one line why not."""

import asyncio
import socket
from pathlib import Path

from com1d.clients.raw import RawClient, refuse
from com1d.console.admission import admit
from com1d.console.console import Console
from com1d.console.site import Site
from com1d.errors import Problem, TooManyClients
from com1d.loop.listener import Accept, Listener, bind_unix
from com1d.wire.words import Mode


class Entrance:
    """`NAME.sock` for the active session and `NAME.observe.sock` for observers."""

    __slots__ = ("_console", "_listeners", "_site", "_turn")

    def __init__(self, console: Console, folder: Path, group: int | None, site: Site) -> None:
        """Listen in `folder`. Raises `SocketInUse` or `OSError`."""
        self._console = console
        self._site = site
        self._listeners: list[Listener] = []
        self._turn = asyncio.Lock()
        try:
            for mode, suffix in ((Mode.ACTIVE, ".sock"), (Mode.OBSERVE, ".observe.sock")):
                sock = bind_unix(folder / (console.name + suffix), group)
                self._listeners.append(Listener(sock, site.poller, self._acceptor(mode)))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop listening."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()  # each knows the entrance

    def _acceptor(self, mode: Mode) -> Accept:
        def accept(sock: socket.socket) -> None:
            if self._site.full():
                refuse(sock.detach(), TooManyClients().as_line())
                return
            task = asyncio.get_running_loop().create_task(self._let_in(sock, mode))
            self._site.tasks.add(task)
            task.add_done_callback(self._site.tasks.discard)

        return accept

    async def _let_in(self, sock: socket.socket, mode: Mode) -> None:
        # In the order in which they connected: who came last must be the one that is active.
        try:
            async with self._turn:
                await self._admit(sock, mode)
        finally:
            sock.close()  # unless it was handed on

    async def _admit(self, sock: socket.socket, mode: Mode) -> None:
        site = self._site
        try:
            caller = await site.callers.identify(sock)
            site.demand_room(caller)
            with site.attendance.counted(caller.peer.uid):
                session, console = await admit(
                    site, caller, self._console.name, mode, RawClient.via
                )
        except Problem as problem:
            refuse(sock.detach(), problem.as_line())
            return
        except asyncio.CancelledError:
            name = self._console.name
            refuse(sock.detach(), f"com1d: {name}: com1d stops before you were let in")
            raise
        except BaseException:
            sock.close()
            raise
        session.cursor = console.ring.end
        client = RawClient(sock.detach(), session, site.poller, console.seating)
        console.seating.attach(session, client)
