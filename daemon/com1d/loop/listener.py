"""Listening sockets: accepting without a task or a transport per socket."""

import grp
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from com1d.errors import Com1Error
from com1d.loop.poller import IN, Poller


SOCKET_MODE: Final = 0o660
DIRECTORY_MODE: Final = 0o755
HIDDEN_MODE: Final = 0o710
PRIVATE_MODE: Final = 0o750
"""Of the directories of logs and state, which only the daemon writes to."""
BACKLOG: Final = 128
"""Connections that wait to be accepted; the daemon takes them within a turn."""

ACCEPTS: Final = 16
"""Connections accepted per turn, so that a storm of them does not hold the loop."""

PAUSE_SECONDS: Final = 0.1
"""Rest after a failed accept. Without it, a full descriptor table would spin the loop."""

Accept = Callable[[socket.socket], None]


class SocketInUse(Com1Error):
    """Another process listens on a path that we need."""


class Listener:
    """One listening socket and the path that it made."""

    __slots__ = ("_accept", "_path", "_poller", "_sock")

    def __init__(self, sock: socket.socket, poller: Poller, accept: Accept) -> None:
        """Accept from `sock`; `accept` owns each connection from then on."""
        self._sock = sock
        self._path = None if sock.family != socket.AF_UNIX else Path(sock.getsockname())
        self._poller = poller
        self._accept = accept
        poller.add(sock.fileno(), IN, self._on_ready)

    def close(self) -> None:
        """Stop accepting and remove the path."""
        self._poller.remove(self._sock.fileno())
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._sock.close()

    def _on_ready(self, _events: int) -> None:
        for _ in range(ACCEPTS):
            try:
                connection, _address = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:  # no descriptor is free; those that wait are served when one is
                self._poller.pause(self._sock.fileno(), IN, PAUSE_SECONDS)
                return
            connection.setblocking(False)  # noqa: FBT003 - the standard library's signature
            self._accept(connection)


def bind_unix(path: Path, group: int | None) -> socket.socket:
    """Listen on `path`, mode 0660, replacing a socket that nobody listens on any more.

    Raises `SocketInUse` when somebody does.
    """
    if _is_socket(path):
        if _answers(path):
            raise SocketInUse(f"{path}: another process listens here; is com1d already running?")
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        umask = os.umask(0o777 & ~SOCKET_MODE)
        try:
            sock.bind(str(path))
        finally:
            os.umask(umask)
        if group is not None:
            os.chown(path, -1, group)
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def make_directory(path: Path, mode: int = DIRECTORY_MODE) -> None:
    """Make a directory of ours, or check the one that is there.

    Raises `Com1Error` where others may write: they could put their own sockets and files in the
    place of ours, and links to where we would write.
    """
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    entry = path.stat()
    ours = entry.st_uid in (0, os.geteuid())
    shared = entry.st_mode & stat.S_IWGRP and entry.st_gid not in (0, os.getegid())
    if not ours or shared or entry.st_mode & stat.S_IWOTH:
        raise Com1Error(
            f"{path} can be written to by others, who could put their own sockets and files into "
            f"it; run: chown {os.geteuid()} {path} && chmod go-w {path}"
        )
    if not os.access(path, os.W_OK):
        raise Com1Error(f"{path}: com1d may not write there")


def hide_directory(path: Path, group: int | None) -> None:
    """Make the directory of the raw sockets, which may be entered by the group but not listed.

    Its names are those of the consoles, and not everybody in the group may see every console.
    """
    make_directory(path)
    if group is not None:
        os.chown(path, -1, group)
    path.chmod(HIDDEN_MODE)


def bind_tcp(host: str, port: int) -> socket.socket:
    """Listen on a TCP address given by number."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.create_server((host, port), family=family, backlog=BACKLOG)
    sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return sock


def group_id(name: str | None) -> int | None:
    """Look a group up; raises `KeyError` where there is none of that name."""
    return None if name is None else grp.getgrnam(name).gr_gid


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:  # a full backlog is an answer, too
            return True
        return True
