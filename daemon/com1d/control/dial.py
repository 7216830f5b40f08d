"""Connecting to a hypervisor's Unix socket."""

import errno
import socket
from pathlib import Path
from typing import Final, TypeAlias

from com1d.control.base import OFF
from com1d.control.problems import ControlBusy
from com1d.errors import ControlRefused, NotRunning
from com1d.loop.safe_path import UnsafePathError, demand_same_owner, demand_server, reach


_OFF: Final = {
    errno.ENOENT: "does not exist: the VM is not running, or its hypervisor has another path",
    errno.ECONNREFUSED: "has no listener: the VM is starting, or was killed and left it behind",
}
_REFUSED: Final = {
    errno.EACCES: "may not be written to by com1d: give its user or group access",
    errno.EPROTOTYPE: "is no stream socket",
}


def dial(path: str, console: str, found_port: str = "") -> socket.socket:
    """Connect, which on a Unix socket never has to wait; give the non-blocking socket.

    Of a VM that was found, `found_port` is the path of its port: the control is connected to only
    where it is sure to be of the same VM. Raises `NotRunning`, `ControlBusy` and `ControlRefused`.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        if found_port:
            _connect_safely(connection, path, found_port)
        else:
            connection.connect(path)
    except UnsafePathError as error:
        connection.close()
        raise ControlRefused(f"{console}: {error}") from None
    except OSError as error:
        connection.close()
        number = error.errno or 0
        if number in _OFF:
            raise NotRunning(f"{console}: {path} {_OFF[number]}", state=OFF) from None
        if number == errno.EAGAIN:
            raise ControlBusy(
                f"{console}: {path} has connections waiting already: its hypervisor is stuck, or "
                "serves another program; give com1d a socket of its own"
            ) from None
        why = _REFUSED.get(number, f"cannot be connected to: {error.strerror}")
        raise ControlRefused(f"{console}: {path} {why}") from None
    return connection


def _connect_safely(connection: socket.socket, path: str, port: str) -> None:
    """Connect to what no other VM's user has put there. Raises `UnsafePathError`, `OSError`."""
    with reach(path) as control, reach(port) as own:
        demand_same_owner(control, path, own, port)
        connection.connect(control.name)
        demand_server(connection, control, path)


Birth: TypeAlias = tuple[int, int]

NOWHERE: Final[Birth] = (0, 0)
"""What a socket that is not there has."""


def birth(path: str) -> Birth:
    """Identify a hypervisor's socket, so that the next one at the same path is told apart."""
    try:
        status = Path(path).stat()
    except OSError:
        return NOWHERE
    return status.st_ino, status.st_mtime_ns


def present(path: str) -> Birth | None:
    """Identify it likewise; None while there is none."""
    born = birth(path)
    return None if born == NOWHERE else born
