"""`unix:/path`: QEMU listens (`-chardev socket,server=on,wait=off`) and com1d connects.

QEMU serves one client at a time. When another program is connected already, our connection is
accepted into the backlog and stays silent, without an error, until that program leaves; no health
check may connect, for the same reason. What the guest prints while nobody is connected is lost.
"""

import errno
import socket
from pathlib import Path
from typing import Final

from com1d.ports.reasons import explain
from com1d.ports.sockets import SocketLine


WHY: Final = {
    errno.ENOENT: "does not exist: the VM is not running, or its socket has another path",
    errno.ECONNREFUSED: "has no listener: the VM is starting, or was killed and left it behind",
    errno.EAGAIN: "has too many connections waiting: another program holds this console",
    errno.EPROTOTYPE: "is no stream socket: QEMU's chardev must be of type socket",
    errno.EACCES: "may not be written to by com1d: give its user or group access",
}


class UnixPort:
    """A VM's listening socket."""

    __slots__ = ("_path", "watch")

    def __init__(self, path: str) -> None:
        self._path = path
        # The event comes at bind(), a moment before listen(): the connection can be refused, and
        # the keeper, whose back-off an event resets, tries again 50 ms later.
        self.watch = (Path(path),)

    async def open(self) -> SocketLine:
        """Connect, which on a Unix socket never has to wait."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            connection.connect(self._path)
        except OSError as error:
            connection.close()
            raise explain(self._path, error, WHY) from None
        return SocketLine(connection)

    def close(self) -> None:
        """Nothing outlives a line."""
