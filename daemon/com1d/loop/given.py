"""A listening socket that the service manager has made for us, until a door has it."""

import socket


class Given:
    """One at most. Its path is the service manager's, who listens there when nobody else does."""

    __slots__ = ("_sock", "path")

    def __init__(self) -> None:
        """Know of none."""
        self.path = ""
        """Also where another process of ours was given it, and has handed it over."""
        self._sock: socket.socket | None = None

    def receive(self, fd: int) -> None:
        """Take it from the service manager."""
        self._sock = socket.socket(fileno=fd)
        self.path = str(self._sock.getsockname())

    @property
    def fd(self) -> int | None:
        """Its descriptor, as long as no door has it."""
        return None if self._sock is None else self._sock.fileno()

    def is_for(self, path: str) -> bool:
        """Say whether it waits for the door at `path`."""
        return self._sock is not None and path == self.path

    def take(self) -> socket.socket:
        """Give it to its door."""
        assert self._sock is not None  # noqa: S101 - `is_for` says so
        taken, self._sock = self._sock, None
        return taken

    def close(self) -> None:
        """Close it, where no door was for it: there is an older one, handed over."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None
