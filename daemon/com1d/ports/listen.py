"""`listen:/path`: com1d listens and QEMU dials in (`-chardev socket,server=off,reconnect=1`).

One line at a time: a VM that dials while the first is connected is closed at once, instead of
waiting unseen in the backlog. Between two lines the next dialler does wait there, until the port is
opened again.
"""

import asyncio
import contextlib
import errno
import os
import select
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from com1d.core.carry import Packed
from com1d.errors import PortDown
from com1d.loop.descriptors import Descriptors
from com1d.ports.base import DialledPort, GuestPort
from com1d.ports.places import NODE_MODE, give, make_directory, making, regroup_directory
from com1d.ports.sockets import SocketLine, handed_over


BACKLOG: Final = 8
"""Diallers that may wait between two lines: one QEMU, and room for mistakes."""

RECHECK_SECONDS: Final = 30.0
"""How often a port that waits makes sure that its socket file is still there: a cleaner of
temporary files may have removed it, and nothing tells."""


TOLD_SECONDS: Final = 60.0
"""Seconds between two reports of VMs that were turned away: QEMU dials again every second."""

UNREAD_MAX: Final = 256 * 1024
"""Bytes counted of what a VM has printed that is turned away: more than its socket holds."""


class ListenLine(SocketLine):
    """A VM that has dialled in."""

    __slots__ = ("_port",)

    def __init__(self, connection: socket.socket, port: "ListenPort") -> None:
        super().__init__(connection)
        self._port = port

    def close(self) -> None:
        """Hang up, so that the next VM can dial in."""
        self._port.hung_up(self)
        super().close()

    def lives(self) -> bool:
        """Say whether the far end still has its side open."""
        poll = select.poll()
        poll.register(self.read_fd, select.POLLRDHUP)
        return not poll.poll(0)


class ListenPort(DialledPort, GuestPort):
    """A socket of ours that one VM dials."""

    __slots__ = (
        "_group", "_inode", "_line", "_loop", "_path", "_recheck", "_socket", "_told", "_unread",
        "_unwanted", "turned_away", "watch",
    )  # fmt: skip

    def __init__(
        self, path: str, group: int | None = None, recheck: float = RECHECK_SECONDS
    ) -> None:
        """Listen at `path`, for a VM in `group`.

        Every `recheck` seconds it is looked whether the socket is still there.
        """
        self._path = Path(path)
        self._group = os.getegid() if group is None else group
        self._recheck = recheck
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: socket.socket | None = None
        self._inode: tuple[int, int] | None = None
        self._line: ListenLine | None = None
        self._told = float("-inf")
        """When it was told last that others dial."""
        self._unwanted = self._unread = 0
        """Diallers and their bytes since then."""
        self.turned_away: Callable[[int, int], None] = lambda _times, _bytes: None
        self.watch = ()

    def listen(self) -> None:
        """Listen at the path, replacing a socket that was left behind, unless we do already."""
        self._listening()

    async def open(self) -> ListenLine:
        """Wait for a VM to dial in."""
        self._loop = asyncio.get_running_loop()
        while True:
            server = self._listening()
            try:
                connection, _ = server.accept()
            except BlockingIOError:
                await self._dialled(server)
                continue
            connection.setblocking(False)  # noqa: FBT003 -- the socket module's signature
            return self._connected(connection)

    def _connected(self, connection: socket.socket) -> ListenLine:
        """Go on with a VM, and turn others away meanwhile."""
        line = self._line = ListenLine(connection, self)
        if self._loop is not None and self._socket is not None:
            self._loop.add_reader(self._socket.fileno(), self._turn_away, self._socket, line)
        return line

    def regroup(self, group: int) -> None:
        """Have the socket and its directory for another group."""
        before, self._group = self._group, group
        regroup_directory(self._path.parent, before, group)
        if self._socket is not None and self._inode == _inode(self._path):
            give(self._path, group, NODE_MODE)

    def hung_up(self, line: ListenLine) -> None:
        """Leave the next dialler to the next `open`. Called by the line that closes."""
        if self._line is line:
            self._line = None
            self._leave_diallers()

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give the listening socket, and what was not told yet of those who were turned away."""
        if self._socket is None or self._inode is None:
            return None
        server = fds.give(self._socket.fileno(), f"{name}/server")
        untold = [self._unwanted, self._unread]
        return {"server": server, "inode": list(self._inode), "untold": untold}

    def take_over(self, packed: Packed, line: Packed, fds: Descriptors) -> ListenLine | None:
        """Go on listening, and with the VM that has dialled in."""
        if packed is not None:
            self._socket = handed_over(packed, fds, "server")
            device, inode = packed["inode"]
            self._inode = (device, inode)
            self._unwanted, self._unread = packed.get("untold", (0, 0))  # formats 1 to 3 had none
        if line is None:
            return None
        self._loop = asyncio.get_running_loop()
        return self._connected(handed_over(line, fds))

    def close(self) -> None:
        """Stop listening, and remove the socket's file unless it is another process' by now."""
        if self._socket is None:
            return
        self._leave_diallers()
        self._dismiss_waiting(self._socket)
        self._socket.close()
        self._socket = None
        if _inode(self._path) == self._inode:
            self._path.unlink()

    def _listening(self) -> socket.socket:
        if self._socket is not None and self._inode == _inode(self._path):
            return self._socket
        self.close()
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with making(self._path):
                make_directory(self._path.parent, self._group)
                _bind(server, self._path)
        except BaseException:
            server.close()
            raise
        self._socket = server
        self._inode = _inode(self._path)
        give(self._path, self._group, NODE_MODE)
        server.listen(BACKLOG)
        return server

    async def _dialled(self, server: socket.socket) -> None:
        """Return when a VM has dialled, or when it is time to check the socket file."""
        loop = asyncio.get_running_loop()
        dialled = asyncio.Event()
        loop.add_reader(server.fileno(), dialled.set)
        try:
            async with asyncio.timeout(self._recheck):
                await dialled.wait()
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(server.fileno())

    def _turn_away(self, server: socket.socket, line: ListenLine) -> None:
        """Close a VM that dials while `line` lives; one that dials after its end may wait."""
        if not line.lives():
            self._leave_diallers()
            return
        try:
            another = server.accept()[0]
        except OSError:  # out of descriptors: diallers have to wait
            self._leave_diallers()
            return
        with another:
            self._unread += _unread(another)
        self._unwanted += 1
        now = asyncio.get_running_loop().time()
        if now - self._told >= TOLD_SECONDS:
            self._told = now
            self.turned_away(self._unwanted, self._unread)
            self._unwanted = self._unread = 0

    def _dismiss_waiting(self, server: socket.socket) -> None:
        """Count who waits between two lines, and must dial anew."""
        times = lost = 0
        with contextlib.suppress(OSError):  # nobody does
            while times <= BACKLOG:
                with server.accept()[0] as waiting:
                    lost += _unread(waiting)
                times += 1
        if times:
            self.turned_away(times, lost)

    def _leave_diallers(self) -> None:
        if self._loop is not None and self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())


def _unread(connection: socket.socket) -> int:
    """Count what has arrived, as far as that goes at once."""
    count = 0
    try:
        while count < UNREAD_MAX:
            data = connection.recv(UNREAD_MAX, socket.MSG_DONTWAIT)
            if not data:
                break
            count += len(data)
    except OSError:
        pass
    return count


def _bind(server: socket.socket, path: Path) -> None:
    """Bind to `path`, also over a socket that nobody holds any more."""
    try:
        server.bind(str(path))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        _remove_stale(path)
        server.bind(str(path))


def _remove_stale(path: Path) -> None:
    """Remove the socket at `path` if no process has it; raise `PortDown` otherwise.

    Asked with a datagram socket, which a stream socket refuses as the wrong type (connect(2)): the
    holder does not notice, and one that has called bind() but not yet listen() is found, too.
    """
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise PortDown(f"{path} exists and is not a socket: remove it, or correct `port`")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError:
            pass
    raise PortDown(f"another process listens at {path}: stop it, or use another path")


def _inode(path: Path) -> tuple[int, int] | None:
    """Identify the file at `path`."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
