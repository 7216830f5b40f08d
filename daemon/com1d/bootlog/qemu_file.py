"""QEMU's own log of a port: opened with care, and searched for the end of the stream. Blocks.

Whoever keeps logs small (virtlogd, logrotate) renames the log and begins another, or copies it and
empties it. What the guest printed meanwhile is then in several files beside each other. They are
taken as one: the oldest that has the end of the stream, what came after it, and the log itself.
"""

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from com1d.core.store.joining import REACH_BYTES, TAIL_BYTES, nearest
from com1d.core.store.layout import MIB
from com1d.loop.safe_path import UnsafePathError, reach


SEARCH_BYTES: Final = 16 * MIB
"""Bytes at the end of QEMU's log that are searched for the end of the stream."""

ROTATED_MAX: Final = 8
"""Older files looked at, the newest first: logrotate keeps seven, virtlogd three."""


class End(NamedTuple):
    """Where the stream has come to."""

    tail: bytes
    """Its last bytes."""
    expected: int | None = None
    """Where it should go on in the file `inode`, if that is known."""
    inode: int = 0


class QemuFile:
    """The log and what was rotated out of it, open as one, and where in it the stream goes on."""

    __slots__ = ("_bases", "_close", "_fds", "base", "found", "inode", "start")

    def __init__(
        self, path: Path, end: End, owner: int | None = None, *, found: bool = False
    ) -> None:
        """Open it and find what follows on the end of the stream. Raises `OSError`.

        `owner` is the user that QEMU runs as, if that is known: the file has to be its or root's.
        With `found`, not the host's owner but the VM has said the path, which has to be safe.
        """
        with ExitStack() as stack:
            self._fds = [_open(path, owner, stack, found=found)]
            status = os.fstat(self._fds[0])
            self.inode = status.st_ino
            """Of the log itself."""
            known = end.expected if status.st_ino == end.inode else None
            place = _goes_on(self._fds[0], end.tail, known)
            if place is None:
                older = [_open_older(each, owner, stack, found=found) for each in _rotated(path)]
                chain = _chain([fd for fd in older if fd is not None], end)
                if chain is not None:
                    fds, place = chain
                    self._fds = [*fds, *self._fds]
            self._bases = [0]
            for fd in self._fds[:-1]:
                self._bases.append(self._bases[-1] + os.fstat(fd).st_size)
            self.base = self._bases[-1]
            """Where the log itself begins behind those before it."""
            self.found = place is not None
            """Whether the end of the stream is there."""
            self.start = place or 0
            """Where the stream goes on: at the beginning, where its end is not there."""
            self._close = stack.pop_all()

    def close(self) -> None:
        """Close it."""
        self._close.close()

    @property
    def size(self) -> int:
        """Its length now; this does not block."""
        return self.base + os.fstat(self._fds[-1]).st_size

    def read(self, start: int, count: int) -> bytes:
        """Read a part of it, up to the end of one of its files at most."""
        index = max(number for number, base in enumerate(self._bases) if base <= start)
        if index < len(self._fds) - 1:
            count = min(count, self._bases[index + 1] - start)
        return os.pread(self._fds[index], count, start - self._bases[index])


def _open(path: Path, owner: int | None, stack: ExitStack, *, found: bool) -> int:
    """Open what QEMU made. Raises `OSError` for what could hold us up, or is somebody else's."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    if found:
        try:
            with reach(path) as there:
                fd = os.open(there.name, flags)
        except UnsafePathError as error:
            raise OSError(errno.EPERM, str(error)) from None
    else:
        fd = os.open(path, flags | os.O_NOFOLLOW)
    stack.callback(os.close, fd)
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no regular file")
    if status.st_nlink > 1:  # of a file that whoever made the link may not even read
        raise OSError(errno.EMLINK, "has other names: it may be anybody's file")
    if owner and status.st_uid not in (0, owner, os.geteuid()):
        raise OSError(errno.EPERM, f"belongs to uid {status.st_uid} and not to the VM's, {owner}")
    return fd


def _open_older(path: Path, owner: int | None, stack: ExitStack, *, found: bool) -> int | None:
    try:
        return _open(path, owner, stack, found=found)
    except OSError:  # it has just been rotated away, or is none of QEMU's
        return None


def _rotated(path: Path) -> list[Path]:
    """Give what was rotated out of `path`, the oldest first: `.0`, `.1`, `-20260131` behind it."""
    ages: list[tuple[int, int, Path]] = []
    try:
        with os.scandir(path.parent) as entries:
            for entry in entries:
                suffix = entry.name.removeprefix(path.name)
                if suffix != entry.name and suffix[:1] in (".", "-") and suffix[1:].isdigit():
                    written = entry.stat(follow_symlinks=False).st_mtime_ns
                    order = -int(suffix[1:]) if suffix[0] == "." else int(suffix[1:])
                    ages.append((written, order, Path(entry.path)))
    except OSError:  # it may not be listed: the log itself is all there is
        return []
    return [each for _, _, each in sorted(ages)[-ROTATED_MAX:]]


def _chain(fds: Sequence[int], end: End) -> tuple[list[int], int] | None:
    """Give the files from the one with the end of the stream on, and where in them that is."""
    inodes = [os.fstat(fd).st_ino for fd in fds]
    if end.expected is not None and end.inode in inodes:
        chain = list(fds[inodes.index(end.inode) :])
        place = end.expected
        size = os.fstat(chain[0]).st_size
        if place > size or _goes_on(chain[0], end.tail, place) == place:
            return chain, place
    for index in reversed(range(len(fds))):
        found = _goes_on(fds[index], end.tail, None)
        if found is not None and (len(end.tail) >= TAIL_BYTES or found == len(end.tail)):
            return list(fds[index:]), found
    return None


def _goes_on(fd: int, tail: bytes, expected: int | None) -> int | None:
    """Give where a file goes on behind `tail`; None where it does not have it."""
    if not tail:
        return 0
    size = os.fstat(fd).st_size
    if expected is None:
        base = max(0, size - SEARCH_BYTES)
        wanted = size
    else:
        base = max(0, expected - len(tail) - REACH_BYTES)
        wanted = expected - len(tail)
    window = os.pread(fd, SEARCH_BYTES, base)
    found = nearest(window, base, tail, wanted)
    return None if found is None else found + len(tail)
