"""`unix:/path`: QEMU listens (`-chardev socket,server=on,wait=off`) and com1d connects.

QEMU serves one client at a time. When another program is connected already, our connection waits
in the backlog, without an error, until that program leaves, and what is typed waits with it. So a
port counts as open only when the VM has accepted (`loop.unix_sockets`). What the guest prints while
nobody is connected is lost.
"""

import asyncio
import errno
import os
import socket
from pathlib import Path
from typing import Final

from com1d.core.carry import Packed
from com1d.errors import PortDown
from com1d.loop.acceptances import ACCEPTANCES
from com1d.loop.descriptors import Descriptors
from com1d.loop.safe_path import UnsafePathError, demand_server, reach
from com1d.loop.unix_sockets import clients
from com1d.ports.base import PathLine
from com1d.ports.holder import describe, find_open
from com1d.ports.reasons import explain
from com1d.ports.sockets import ACCEPT_SECONDS, FIRST_LOOK_SECONDS, SocketLine, handed_over


WHY: Final = {
    errno.ENOENT: "does not exist: the VM is not running, or its socket has another path",
    errno.ECONNREFUSED: "has no listener: the VM is starting, or was killed and left it behind",
    errno.EAGAIN: "has too many connections waiting: another program holds this console",
    errno.EPROTOTYPE: "is no stream socket: QEMU's chardev must be of type socket",
    errno.EACCES: "may not be written to by com1d: give its user or group access",
}


class UnixLine(SocketLine, PathLine):
    """A connection to a VM's socket, and the file that it was found by."""

    __slots__ = ("_file", "_path")

    def __init__(self, connection: socket.socket, path: str, file: int) -> None:
        """Take over `connection`, and `file`, the socket's file opened with O_PATH."""
        super().__init__(connection)
        self._path = path
        self._file = file

    def displaced(self) -> str | None:
        """Give a text if the path leads to another VM's socket now; None while it is this one's.

        A file that was merely removed leaves the line as it is: the VM is the same, and nobody else
        can be reached there.
        """
        ours = os.fstat(self._file)
        try:
            there = os.stat(self._path)  # noqa: PTH116 - the path may be a link, and is followed
        except OSError:
            gone = "its socket has another path now: the VM was renamed, or its folder was moved"
            return f"{self._path}: {gone}" if ours.st_nlink else None
        if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
            return None
        return f"{self._path} is another VM's socket now; com1d lets go of the earlier one"

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give the connection, and the file that it was found by."""
        return super().hand_over(fds, name) | {"file": fds.give(self._file, f"{name}/file")}

    def close(self) -> None:
        """Hang up."""
        super().close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class UnixPort:
    """A VM's listening socket."""

    __slots__ = ("_found", "_path", "watch")

    def __init__(self, path: str, *, found: bool = False) -> None:
        """Name the socket; one that was found is connected to only where its path is safe."""
        self._found = found
        self._path = path
        # The event comes at bind(), a moment before listen(): the connection can be refused, and
        # the keeper, whose back-off an event resets, tries again 50 ms later.
        self.watch = (Path(path),)

    async def open(self) -> UnixLine:
        """Connect, and wait until the VM has accepted: one that serves another program does not.

        The file is opened first and connected to by its descriptor, so the line is that file's
        whatever happens to the path meanwhile.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        file = -1
        try:
            file = self._connect(connection)
            await self._accepted(connection, os.fstat(file))
        except BaseException as error:
            connection.close()
            if file >= 0:
                os.close(file)
            if isinstance(error, OSError):
                raise explain(self._path, error, WHY) from None
            if isinstance(error, UnsafePathError):
                raise PortDown(str(error)) from None
            raise
        return UnixLine(connection, self._path, file)

    def _connect(self, connection: socket.socket) -> int:
        """Connect; give the socket's file. Raises `OSError` and `UnsafePathError`."""
        if self._found:
            with reach(self._path) as socket_file:
                connection.connect(socket_file.name)
                demand_server(connection, socket_file, self._path)
                return os.dup(socket_file.fd)
        file = os.open(self._path, os.O_PATH | os.O_CLOEXEC)
        try:
            connection.connect(f"/proc/self/fd/{file}")
        except OSError:
            os.close(file)
            raise
        return file

    async def _accepted(self, connection: socket.socket, status: os.stat_result) -> None:
        """Return when the VM has accepted.

        Raises `PortDown`, naming the process that it serves instead.
        """
        pause, waited = FIRST_LOOK_SECONDS, 0.0
        while not await ACCEPTANCES.has(connection):
            if waited >= ACCEPT_SECONDS:
                raise await asyncio.to_thread(_held, self._path, status)
            await asyncio.sleep(pause)
            waited += pause
            pause *= 2

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing: nothing outlives a line."""

    def take_over(self, _packed: Packed, line: Packed, fds: Descriptors) -> UnixLine | None:
        """Go on with a connection."""
        if line is None:
            return None
        return UnixLine(handed_over(line, fds), self._path, fds.take(line["file"]))

    def close(self) -> None:
        """Nothing outlives a line."""


def _held(path: str, status: os.stat_result) -> PortDown:
    """Name the process that is connected in our place. Looks through /proc: call it in a thread."""
    inode = next(iter(clients(status)), None)
    if inode is None:
        return PortDown(f"{path} does not accept connections: the VM is starting, stopped or stuck")
    pid = find_open(f"socket:[{inode}]")
    ours = pid == os.getpid()
    holder = "another console, which has it by another path" if ours else describe(pid)
    return PortDown(
        f"{path} is held by {holder}: the VM serves one program at a time, and com1d connects when "
        "that one has left"
    )
