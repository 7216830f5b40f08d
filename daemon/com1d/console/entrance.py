"""The two raw sockets of a console: a client that connects attaches, or gets one line why not."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from com1d.access.peer import Caller
from com1d.clients.raw import RawClient, refuse
from com1d.console.console import Console
from com1d.console.site import Site
from com1d.errors import Problem, TooManyClients
from com1d.loop.door import Door
from com1d.loop.listener import Accept, hide_directory
from com1d.sessions.session import Session
from com1d.telemetry import facts
from com1d.wire.words import Mode


Admit: TypeAlias = Callable[[Caller, str, Mode, str], Awaitable[tuple[Session, Console]]]
"""Lets a caller in at the console of a name, in a mode, by an entrance. Raises `Problem`."""


class Entrance:
    """`NAME.sock` for the active session and `NAME.observe.sock` for observers."""

    __slots__ = ("_admit", "_console", "_doors", "_site", "_turn")

    def __init__(self, console: Console, folder: Path, site: Site, admit: Admit) -> None:
        """Listen in `folder`, now or as soon as that can be done: the console says why not."""
        self._console = console
        self._site = site
        self._admit = admit
        self._turn = asyncio.Lock()
        self._doors: list[Door] = []
        for mode, suffix in ((Mode.ACTIVE, ".sock"), (Mode.OBSERVE, ".observe.sock")):
            path = folder / (console.name + suffix)
            door = site.doors.open_unix(
                path, partial(_prepare, folder, site), self._acceptor(mode), self._teller(path)
            )
            self._doors.append(door)

    def close(self) -> None:
        """Stop listening."""
        for door in self._doors:
            self._site.doors.shut(door)
        self._doors.clear()  # each knows the entrance

    def _teller(self, path: Path) -> Callable[[str], None]:
        console, record = self._console, self._site.record

        def tell(trouble: str) -> None:
            if trouble:
                console.troubles[str(path)] = trouble
                record(facts.PartFailed(str(path), console.name, trouble))
            elif console.troubles.pop(str(path), None):
                record(facts.PartRestored(str(path), console.name))

        return tell

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
        # In the order in which they connected, so that the last one is active.
        try:
            async with self._turn:
                await self._attach(sock, mode)
        finally:
            sock.close()  # unless a client owns it by now

    async def _attach(self, sock: socket.socket, mode: Mode) -> None:
        site = self._site
        try:
            caller = await site.callers.identify(sock)
            site.demand_room(caller)
            with site.attendance.counted(caller.peer.uid):
                session, console = await self._admit(
                    caller, self._console.name, mode, RawClient.via
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


def _prepare(folder: Path, site: Site) -> None:
    """Make the directory of the raw sockets again where it is gone."""
    if not folder.is_dir():
        hide_directory(folder, site.doors.group)
