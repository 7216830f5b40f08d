"""QEMU's own log of a port: opened with care, and searched for the end of the stream. Blocks."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from com1d.core.store.joining import REACH_BYTES, nearest
from com1d.core.store.layout import MIB


SEARCH_BYTES: Final = 16 * MIB
"""Of QEMU's log, looked through for the end of the stream."""


class QemuFile:
    """The log, open, and where in it the stream goes on."""

    __slots__ = ("fd", "inode", "start")

    def __init__(self, path: Path, tail: bytes, expected: int | None, inode: int) -> None:
        """Open it and find what follows on `tail`, the last bytes of the stream.

        In the file `inode` the stream should go on at `expected`, if that is known. Raises
        `OSError`.
        """
        self.fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(self.fd)
            _demand_file(status)
            self.inode = status.st_ino
            known = expected if status.st_ino == inode else None
            self.start = _goes_on(self.fd, status.st_size, tail, known)
        except BaseException:
            os.close(self.fd)
            raise

    def close(self) -> None:
        """Close it."""
        os.close(self.fd)

    @property
    def size(self) -> int:
        """Its length now; this does not block."""
        return os.fstat(self.fd).st_size

    def read(self, start: int, count: int) -> bytes:
        """Read a part of it."""
        return os.pread(self.fd, count, start)


def _demand_file(status: os.stat_result) -> None:
    """Raise `OSError` for what could hold us up, or is not what QEMU makes."""
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no regular file")


def _goes_on(fd: int, size: int, tail: bytes, expected: int | None) -> int:
    """Give where the log goes on behind `tail`: at its beginning, where it does not have it."""
    if not tail:
        return 0
    if expected is None:
        base = max(0, size - SEARCH_BYTES)
        wanted = size
    else:
        base = max(0, expected - len(tail) - REACH_BYTES)
        wanted = expected - len(tail)
    window = os.pread(fd, SEARCH_BYTES, base)
    found = nearest(window, base, tail, wanted)
    return 0 if found is None else found + len(tail)
