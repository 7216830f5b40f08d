"""A connected stream socket as a line; what `listen`, `unix` and `tcp` have in common."""

import socket
from typing import Final


SOCKET_BULK: Final = 4096
"""Far above what a guest's UART leaves between two ticks, far below the 64 KiB of one read."""


class SocketLine:
    """One non-blocking connection to a VM."""

    __slots__ = ("_socket", "bulk", "read_fd", "write_fd")

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self.read_fd = self.write_fd = connection.fileno()
        self.bulk = SOCKET_BULK

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
