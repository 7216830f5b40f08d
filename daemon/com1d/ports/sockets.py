"""A line on a connected stream socket, for `listen`, `unix` and `tcp`."""

import contextlib
import socket
from typing import Final

from com1d.core.carry import Packed
from com1d.errors import StateRefused
from com1d.loop.descriptors import Descriptors


SOCKET_BULK: Final = 4096
"""Far above what a guest's UART leaves between two ticks, far below the 64 KiB of one read."""


UNIX_CAPACITY: Final = 279
"""One-byte writes that a Unix socket takes while nobody reads: each is charged some 768 bytes of
the sender's 212,992 (measured with QEMU 7.2, both roles)."""

TCP_CAPACITY: Final = 2_247_781
"""The same on loopback TCP."""

ACCEPT_SECONDS: Final = 1.0
"""How long a VM has to accept: its main loop takes milliseconds, on a crowded host a few hundred.
Meanwhile our connection fills a backlog of one, so it is not left there for long."""

FIRST_LOOK_SECONDS: Final = 0.005
"""When to look again whether it has accepted; twice as long each time."""


class SocketLine:
    """One non-blocking connection to a VM."""

    __slots__ = ("_socket", "bulk", "capacity", "read_fd", "write_fd")

    def __init__(self, connection: socket.socket, capacity: int = UNIX_CAPACITY) -> None:
        self._socket = connection
        self.read_fd = self.write_fd = connection.fileno()
        self.bulk = SOCKET_BULK
        self.capacity = capacity

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give the connection."""
        return {"socket": fds.give(self.read_fd, f"{name}/socket")}

    def close(self) -> None:
        """Hang up; the VM hears of it though the service manager has the socket, too."""
        with contextlib.suppress(OSError):  # the VM has gone
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def handed_over(packed: Packed, fds: Descriptors, key: str = "socket") -> socket.socket:
    """Take a socket that was handed over. Raises `StateRefused`."""
    fd = fds.take(packed.get(key) if isinstance(packed, dict) else None)
    try:
        taken = socket.socket(fileno=fd)
    except OSError as error:
        raise StateRefused(f"{key} is no socket: {error}") from None
    taken.setblocking(False)  # noqa: FBT003 - the socket module's signature
    return taken
