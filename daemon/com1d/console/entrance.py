"""The two raw sockets of a console: who comes in here attaches, or reads one line why not."""

import asyncio
import socket
from pathlib import Path
from typing import Protocol

from com1d.access.access import Access
from com1d.access.peer import Callers
from com1d.audit.audit import Audit
from com1d.clients.raw import RawReader, refuse
from com1d.console.admission import admit
from com1d.console.console import Console
from com1d.errors import Problem, TooManyClients
from com1d.loop.listener import Accept, Listener, bind_unix
from com1d.loop.poller import Poller
from com1d.telemetry import facts
from com1d.wire.words import Mode


class Door(Protocol):
    """What an entrance needs of the daemon."""

    poller: Poller
    access: Access
    audit: Audit
    callers: Callers
    consoles: dict[str, Console]
    tasks: set[asyncio.Task[None]]

    def full(self) -> bool:
        """Whether the bound on clients is reached."""

    def record(self, fact: facts.Fact) -> None:
        """Tell the log, the event stream and the audit what happened."""

    async def commit(self, fact: facts.Fact) -> None:
        """Do the same, and wait for the audit. Raises `AuditUnavailable`."""


class Entrance:
    """`NAME.sock` for the active session and `NAME.observe.sock` for observers."""

    __slots__ = ("_console", "_door", "_listeners", "_turn")

    def __init__(self, console: Console, folder: Path, group: int | None, door: Door) -> None:
        """Listen in `folder`. Raises `SocketInUse` or `OSError`."""
        self._console = console
        self._door = door
        self._listeners: list[Listener] = []
        self._turn = asyncio.Lock()
        try:
            for mode, suffix in ((Mode.ACTIVE, ".sock"), (Mode.OBSERVE, ".observe.sock")):
                sock = bind_unix(folder / (console.name + suffix), group)
                self._listeners.append(Listener(sock, door.poller, self._acceptor(mode)))
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
            if self._door.full():
                refuse(sock.detach(), TooManyClients().as_line())
                return
            task = asyncio.get_running_loop().create_task(self._let_in(sock, mode))
            self._door.tasks.add(task)
            task.add_done_callback(self._door.tasks.discard)

        return accept

    async def _let_in(self, sock: socket.socket, mode: Mode) -> None:
        # In the order in which they connected: who came last must be the one that is active.
        try:
            async with self._turn:
                await self._admit(sock, mode)
        finally:
            sock.close()  # unless it was handed on

    async def _admit(self, sock: socket.socket, mode: Mode) -> None:
        door = self._door
        try:
            caller = await door.callers.identify(sock)
            admission, console, _ = await admit(
                door, caller, self._console.name, mode, RawReader.via, lambda _console: None
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
        reader = RawReader(sock.detach(), caller, mode, door.poller, console)
        reader.session = admission.session
        console.seating.attach(reader, cursor=console.ring.end)
