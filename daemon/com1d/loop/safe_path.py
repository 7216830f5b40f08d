"""Opening what a VM's own user may have put there, so that com1d's rights are not lent to it.

A directory in which a VM's user may make files may hold a symbolic link to anything that root may
open. So a path is walked part by part, none of which is followed as a link, and what is opened is
used by its descriptor from then on, never again by its path. Links that the host itself has made,
such as `/var/run`, are followed: those of root or of com1d's own user, in directories of theirs.
And from the first part on that belongs to another user, all that follows must belong to the same.
"""

import os
import socket
import stat
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple


LINKS_MAX: Final = 40
"""Links that are followed on the way of one path: as many as the kernel follows."""

ROOT: Final = 0

_PART: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_CREDENTIALS: Final = struct.Struct("3i")
"""struct ucred: pid, uid, gid."""


class UnsafePathError(Exception):
    """What a path leads to may be somebody's else than the VM's whose directory it is in."""


class Handle(NamedTuple):
    """Something that was reached safely: it stays the same, whatever happens to its path."""

    fd: int
    """Opened with O_PATH, for as long as the `with` of `reach` lasts."""
    status: os.stat_result
    guarded: bool
    """Whether every directory on the way is the host's own."""

    @property
    def name(self) -> str:
        """A path that leads to it and to nothing else."""
        return f"/proc/self/fd/{self.fd}"

    @property
    def owner(self) -> int:
        """The uid that it belongs to."""
        return self.status.st_uid


@contextmanager
def reach(path: str | Path) -> Iterator[Handle]:
    """Open an absolute path safely, whatever it leads to.

    Raises `UnsafePathError`; `OSError` where there is nothing, or nothing that may be looked at.
    """
    walk = _Walk(str(path))
    try:
        yield walk.to_the_end()
    finally:
        walk.close()


def is_ours(uid: int) -> bool:
    """Tell whether a user may do to com1d whatever he likes anyway."""
    return uid in (ROOT, os.geteuid())


def demand_server(connection: socket.socket, handle: Handle, path: str) -> None:
    """Raise `UnsafePathError` unless who listens has the owner of the socket, or is the host's own.

    For example, libvirt binds the sockets of a VM as root and hands them over.
    """
    size = _CREDENTIALS.size
    asked = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    server = _CREDENTIALS.unpack(asked)[1]
    if server != handle.owner and not is_ours(server):
        raise UnsafePathError(
            f"{path} belongs to {_user(handle.owner)}, and {_user(server)} listens on it"
        )


def demand_same_owner(handle: Handle, path: str, other: Handle, port: str) -> None:
    """Raise `UnsafePathError` unless a VM's control belongs to whom its port belongs to."""
    if handle.owner != other.owner:
        raise UnsafePathError(
            f"{path} belongs to {_user(handle.owner)}, and {port} to {_user(other.owner)}: they "
            "are not sure to be of one VM"
        )


class _Walk:
    """One path on the way to its end."""

    _fd: int
    _status: os.stat_result

    def __init__(self, path: str) -> None:
        self._path = path
        self._rest = deque(_parts(path))
        self._links = 0
        self._owner: int | None = None
        """The user other than the host's own in whose directories it is."""
        self._enter(os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))

    def to_the_end(self) -> Handle:
        while self._rest:
            self._step(self._rest.popleft())
        if self._status.st_nlink > 1 and not self._is_directory:
            raise UnsafePathError(
                f"{self._path} has another name elsewhere, so it may not be of this VM"
            )
        return Handle(self._fd, self._status, guarded=self._owner is None)

    def close(self) -> None:
        os.close(self._fd)

    @property
    def _is_directory(self) -> bool:
        return stat.S_ISDIR(self._status.st_mode)

    def _step(self, part: str) -> None:
        if not is_ours(self._status.st_uid) and self._owner is None:
            self._owner = self._status.st_uid
        self._demand_guarded()
        fd = os.open(part, _PART, dir_fd=self._fd)
        status = os.fstat(fd)
        if stat.S_ISLNK(status.st_mode):
            self._follow(fd, status)
            return
        if self._owner is not None and status.st_uid != self._owner:
            os.close(fd)
            raise UnsafePathError(
                f"{self._path}: {part} belongs to {_user(status.st_uid)}, and the directory that "
                f"it is in to {_user(self._owner)}"
            )
        os.close(self._fd)
        self._fd, self._status = fd, status

    def _demand_guarded(self) -> None:
        """Refuse a directory in which everybody may put something else in a VM's place."""
        mode = self._status.st_mode
        if self._is_directory and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            folder = Path(f"/proc/self/fd/{self._fd}").readlink()
            raise UnsafePathError(
                f"{folder} can be written to by everybody: run chmod o-w {folder}"
            )

    def _follow(self, link: int, status: os.stat_result) -> None:
        """Go where a link leads that the host itself has made."""
        try:
            if self._owner is not None or not is_ours(status.st_uid) or status.st_nlink > 1:
                raise UnsafePathError(
                    f"{self._path} leads elsewhere: there is a symbolic link of "
                    f"{_user(status.st_uid)} on its way"
                )
            self._links += 1
            if self._links > LINKS_MAX:
                raise UnsafePathError(f"{self._path} leads from link to link without end")
            target = os.readlink("", dir_fd=link)
        finally:
            os.close(link)
        self._rest.extendleft(reversed(_parts(target)))
        if target.startswith("/"):
            os.close(self._fd)
            self._enter(os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))

    def _enter(self, fd: int) -> None:
        """Begin at the root, where all is the host's own."""
        self._fd = fd
        self._status = os.fstat(fd)
        self._owner = None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _user(uid: int) -> str:
    return "root" if uid == ROOT else f"uid {uid}"
