"""The two raw sockets of a console: a client that connects attaches, or gets one line why not."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from com1d.access.peer import Caller
from com1d.clients.raw import RawClient, refuse
from com1d.console.console import Console
from com1d.console.site import Site
from com1d.errors import Problem, TooManyClients
from com1d.loop.door import Door
from com1d.loop.listener import hide_directory
from com1d.sessions.session import Session
from com1d.telemetry import facts
from com1d.wire.words import Mode


Admit: TypeAlias = Callable[[Caller, str, Mode, str], Awaitable[tuple[Session, Console]]]
"""Lets a caller in at the console of a name, in a mode, by an entrance. Raises `Problem`."""


class Entrance:
    """`NAME.sock` for the active session and `NAME.observe.sock` for observers."""

    __slots__ = ("admit", "console", "doors", "site", "turn")

    def __init__(self, console: Console, folder: Path, site: Site, admit: Admit) -> None:
        """Listen in `folder`, now or as soon as that can be done: the console says why not."""
        self.console = console
        self.site = site
        self.admit = admit
        self.turn = asyncio.Lock()
        """Clients come in in the order in which they connected, so that the last one is active."""
        self.doors: list[Door] = []
        for mode, suffix in ((Mode.ACTIVE, ".sock"), (Mode.OBSERVE, ".observe.sock")):
            path = folder / (console.name + suffix)
            at = _Threshold(self, mode, str(path))
            self.doors.append(site.doors.open_unix(path, at.prepare, at.accept, at.tell))

    def close(self) -> None:
        """Stop listening."""
        for door in self.doors:
            self.site.doors.shut(door)
        self.doors.clear()  # each knows the entrance


class _Threshold:
    """One of an entrance's sockets, and what is done there: an object, since closures are larger.

    A host with thousands of consoles has twice as many.
    """

    __slots__ = ("_entrance", "_mode", "_path")

    def __init__(self, entrance: Entrance, mode: Mode, path: str) -> None:
        self._entrance = entrance
        self._mode = mode
        self._path = path

    def prepare(self) -> None:
        """Make the directory of the raw sockets again where it is gone."""
        folder = Path(self._path).parent
        if not folder.is_dir():
            hide_directory(folder, self._entrance.site.doors.group)

    def tell(self, trouble: str) -> None:
        """Say of the console that nobody can come in here, or can again."""
        console, record = self._entrance.console, self._entrance.site.record
        if trouble:
            console.troubles[self._path] = trouble
            record(facts.PartFailed(self._path, console.name, trouble))
        elif console.troubles.pop(self._path, None):
            record(facts.PartRestored(self._path, console.name))

    def accept(self, sock: socket.socket) -> None:
        """Let in who has connected, or say why not."""
        site = self._entrance.site
        if site.full():
            refuse(sock.detach(), TooManyClients().as_line())
            return
        task = asyncio.get_running_loop().create_task(self._let_in(sock))
        site.tasks.add(task)
        task.add_done_callback(site.tasks.discard)

    async def _let_in(self, sock: socket.socket) -> None:
        try:
            async with self._entrance.turn:
                await self._attach(sock)
        finally:
            sock.close()  # unless a client owns it by now

    async def _attach(self, sock: socket.socket) -> None:
        site, name = self._entrance.site, self._entrance.console.name
        try:
            caller = await site.callers.identify(sock)
            site.demand_room(caller)
            with site.attendance.counted(caller.peer.uid):
                session, console = await self._entrance.admit(
                    caller, name, self._mode, RawClient.via
                )
        except Problem as problem:
            refuse(sock.detach(), problem.as_line())
            return
        except asyncio.CancelledError:
            refuse(sock.detach(), f"com1d: {name}: com1d stops before you were let in")
            raise
        except BaseException:
            sock.close()
            raise
        session.cursor = console.ring.end
        client = RawClient(sock.detach(), session, site.poller, console.seating)
        console.seating.attach(session, client)
