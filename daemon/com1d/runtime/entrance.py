"""The two raw sockets of a console: who comes in here attaches, or reads one line why not."""

import asyncio
import socket
from pathlib import Path
from typing import Protocol

from com1d.core.policy import Verb
from com1d.core.session import Mode
from com1d.errors import Problem, TooManyClients
from com1d.runtime.access import Access
from com1d.runtime.console import Console
from com1d.runtime.listener import Accept, Listener, bind_unix
from com1d.runtime.peer import Callers
from com1d.runtime.poller import Poller
from com1d.runtime.raw import RawReader, refuse
from com1d.telemetry import facts


class Door(Protocol):
    """What an entrance needs of the daemon."""

    poller: Poller
    access: Access
    callers: Callers
    tasks: set[asyncio.Task[None]]

    def full(self) -> bool:
        """Whether the bound on clients is reached."""

    def record(self, fact: facts.Fact) -> None:
        """Tell the log and the event stream what happened."""


class Entrance:
    """`NAME.sock` for the active session and `NAME.observe.sock` for observers."""

    __slots__ = ("_console", "_door", "_listeners")

    def __init__(self, console: Console, folder: Path, group: int | None, door: Door) -> None:
        """Listen in `folder`. Raises `SocketInUse` or `OSError`."""
        self._console = console
        self._door = door
        self._listeners: list[Listener] = []
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
        door, console = self._door, self._console
        try:
            caller = await door.callers.identify(sock)
        except BaseException:
            sock.close()
            raise
        verb = Verb.ATTACH if mode is Mode.ACTIVE else Verb.OBSERVE
        fd = sock.detach()
        try:
            door.access.demand(caller, console.name, verb, exists=True)
        except Problem as problem:
            door.record(
                facts.AttachRefused(
                    console.name, problem.code, caller.user, caller.peer.uid, caller.pid
                )
            )
            refuse(fd, problem.as_line())
            return
        reader = RawReader(fd, caller, mode, door.poller, console)
        console.attach(reader, cursor=console.ring.end)
