"""A file layer that breaks on demand: in the middle of a write, as a crash or as an error."""

import errno
import os
from pathlib import Path

from com1d.bootlog.files import Files
from com1d.core.store.layout import parse_name


class Crash(BaseException):
    """The daemon was killed. Not an `Exception`: nothing in the daemon may catch it."""


class BrokenFiles(Files):
    """Does `units` more: each byte written is one, each other change to the disk is one."""

    def __init__(self) -> None:
        self.units: int | None = None
        """None is a sound disk."""
        self.crashes = False
        """Whether the end of the units is a crash; else it is a full disk."""
        self.removed: set[int] = set()
        """Bases of the segments that were deleted whole, to make room."""
        self._open: set[int] = set()

    def end_process(self) -> None:
        """Close what a daemon that was killed had open, as the kernel does."""
        for fd in self._open:
            super().close(fd)
        self._open.clear()

    def break_after(self, units: int, *, crash: bool) -> None:
        self.units, self.crashes = units, crash

    def mend(self) -> None:
        self.units = None

    def _spend(self, wanted: int) -> int:
        """Take what is left, up to `wanted`."""
        if self.units is None:
            return wanted
        given = min(wanted, self.units)
        self.units -= given
        return given

    def _break(self) -> None:
        if self.crashes:
            raise Crash
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _change(self) -> None:
        if not self._spend(1):
            self._break()

    def make_directory(self, path: Path) -> None:
        self._change()
        super().make_directory(path)

    def create(self, path: Path) -> int:
        self._change()
        return self._opened(super().create(path))

    def reopen(self, path: Path, size: int) -> int:
        self._change()
        return self._opened(super().reopen(path, size))

    def _opened(self, fd: int) -> int:
        self._open.add(fd)
        return fd

    def close(self, fd: int) -> None:
        self._open.discard(fd)
        super().close(fd)

    def write(self, fd: int, data: bytes, position: int) -> None:
        given = self._spend(len(data))
        super().write(fd, data[:given], position)
        if given < len(data):
            self._break()

    def remove(self, path: Path) -> None:
        self._change()
        if (parsed := parse_name(path.name)) and path.suffix == ".raw" and path.exists():
            self.removed.add(parsed[0])
        super().remove(path)

    def rename(self, path: Path, target: Path) -> None:
        self._change()
        super().rename(path, target)
