"""Listening sockets: accepting without a task or a transport per socket."""

import errno
import grp
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from com1d.errors import Com1Error
from com1d.loop.poller import IN, ONCE, Poller


SOCKET_MODE: Final = 0o660
DIRECTORY_MODE: Final = 0o755
HIDDEN_MODE: Final = 0o710
PRIVATE_MODE: Final = 0o750
"""Mode of the directories of logs and state, which only the daemon writes to."""
BACKLOG: Final = 1024
"""Connections that may wait to be accepted: a crowd that the daemon takes in within a second. A
client that does not wait for its connection, as of asyncio, would be hurt by a full backlog."""

ACCEPTS: Final = 16
"""Connections accepted per turn, so that a storm of them does not hold the loop."""

PAUSE_SECONDS: Final = 0.1
"""Seconds to pause after a failed accept. Without it, a full descriptor table would spin the
loop."""

Accept = Callable[[socket.socket], None]


class SocketInUse(Com1Error):
    """Another process listens on a path that we need."""


class Listener:
    """One listening socket and the path that it made."""

    __slots__ = ("_accept", "_inode", "_lent", "_path", "_poller", "_sock")

    def __init__(
        self, sock: socket.socket, poller: Poller, accept: Accept, *, lent: bool = False
    ) -> None:
        """Accept from `sock`; `accept` owns each connection from then on.

        The path of one that is `lent` is the service manager's, which goes on to listen there.
        """
        self._sock = sock
        self._path = None if sock.family != socket.AF_UNIX else str(sock.getsockname())
        """A text: there are two for each console, and a `Path` is several times as large."""
        self._inode = None if self._path is None else _inode(self._path)
        self._lent = lent
        self._poller = poller
        self._accept = accept
        poller.add(sock.fileno(), IN, self._on_ready)

    @property
    def fd(self) -> int:
        """The listening socket's descriptor."""
        return self._sock.fileno()

    def pause(self) -> None:
        """Let who comes wait, until `go_on`."""
        self._poller.modify(self._sock.fileno(), ONCE)

    def go_on(self) -> None:
        """Let in who waits."""
        self._poller.modify(self._sock.fileno(), IN)

    @property
    def stands(self) -> bool:
        """Whether who goes to the path still comes here: the inode lives as long as the socket."""
        return self._path is None or _inode(self._path) == self._inode

    def close(self) -> None:
        """Stop accepting, and remove the path if it is ours, and not the service manager's."""
        self._poller.remove(self._sock.fileno())
        if self._path is not None and self.stands and not self._lent:
            Path(self._path).unlink(missing_ok=True)
        self._sock.close()

    def retire(self) -> None:
        """Do as `close` once another is in its place, and take who had come before that."""
        self._on_ready(IN)
        self.close()

    def _on_ready(self, _events: int) -> None:
        for _ in range(ACCEPTS):
            try:
                connection, _address = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:  # no descriptor is free; waiting connections are accepted when one is
                self._poller.pause(self._sock.fileno(), IN, PAUSE_SECONDS)
                return
            connection.setblocking(False)  # noqa: FBT003 - the standard library's signature
            self._accept(connection)


def bind_unix(path: Path, group: int | None) -> socket.socket:
    """Listen on `path`, mode 0660, replacing a socket that nobody listens on any more.

    Raises `SocketInUse` when somebody does, and `OSError`.
    """
    demand_free(path)
    if _is_socket(path):
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        # bind() makes the path with the mode of the socket, less the umask: never with more. The
        # umask itself is left alone, since other threads make directories meanwhile.
        os.fchmod(sock.fileno(), SOCKET_MODE)
        sock.bind(str(path))
        own(path, group)
        path.chmod(SOCKET_MODE)
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def demand_free(path: Path) -> None:
    """Raise `SocketInUse` where another process listens on `path`."""
    if _is_socket(path) and _answers(path):
        raise SocketInUse(f"{path}: another process listens here; is com1d already running?")


def own(path: Path, group: int | None) -> None:
    """Give what we made to `group`, or to our own group."""
    os.chown(path, -1, os.getegid() if group is None else group, follow_symlinks=False)


def make_directory(path: Path, mode: int = DIRECTORY_MODE) -> None:
    """Make a directory of the daemon, or check an existing one.

    Raises `Com1Error` where others may write: they could put their own sockets and files in the
    place of ours, and links to where we would write. Raises `OSError` where it cannot be had.
    """
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    if others_write(path):
        raise Com1Error(
            f"{path} can be written to by others, who could put their own sockets and files into "
            f"it; run: chown {os.geteuid()} {path} && chmod go-w {path}"
        )
    if not os.access(path, os.W_OK, effective_ids=True):  # or capabilities would not count
        raise PermissionError(errno.EACCES, "com1d may not write there", str(path))


def others_write(path: Path, daemon: tuple[int, int] | None = None) -> bool:
    """Say whether somebody may write in `path` who is neither root nor the daemon.

    That is the user and group `daemon`, or else this process. Raises `OSError`.
    """
    uid, gid = daemon or (os.geteuid(), os.getegid())
    entry = path.stat()
    ours = entry.st_uid in (0, uid)
    shared = entry.st_mode & stat.S_IWGRP and entry.st_gid not in (0, gid)
    return bool(not ours or shared or entry.st_mode & stat.S_IWOTH)


def hide_directory(path: Path, group: int | None) -> None:
    """Make the directory of the raw sockets, which may be entered by the group but not listed.

    Its names are those of the consoles, and not everybody in the group may see every console.
    """
    make_directory(path)
    own(path, group)
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


def _inode(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116 -- at thousands of sockets
    except OSError:  # gone, or a directory above it is no directory any more
        return None
    return status.st_dev, status.st_ino


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # a full backlog is an answer, too
            return True
        return True
