"""The file layer of the log: every system call that changes the disk, in one replaceable place."""

import contextlib
import os
from pathlib import Path
from typing import Final


FILE_MODE: Final = 0o640
DIRECTORY_MODE: Final = 0o750
"""Of what guests printed: for the daemon and its group only."""


class Files:
    """What the log does to the disk. Everything raises `OSError`; nothing here retries."""

    def make_directory(self, path: Path) -> None:
        """Make `path`, where it is missing, and those above."""
        if not path.is_dir():
            path.mkdir(DIRECTORY_MODE, parents=True, exist_ok=True)
            path.chmod(DIRECTORY_MODE)

    def create(self, path: Path) -> int:
        """Make an empty file, over what a crash may have left of it, and open it for writing."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
        os.fchmod(fd, FILE_MODE)
        return fd

    def reopen(self, path: Path, size: int) -> int:
        """Open a file for writing, cut to `size` bytes: what follows was torn by a crash."""
        fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            if os.fstat(fd).st_size != size:
                os.ftruncate(fd, size)
        except OSError:
            os.close(fd)
            raise
        return fd

    def write(self, fd: int, data: bytes, position: int) -> None:
        """Write all of `data` at `position`.

        By position, so that a second try lands on what a failed first one may have left.
        """
        rest = memoryview(data)
        while rest:
            count = os.pwrite(fd, rest, position)
            position += count
            rest = rest[count:]

    def sync(self, fd: int) -> None:
        """Wait until the disk has what was written."""
        os.fdatasync(fd)

    def close(self, fd: int) -> None:
        """Close; what the disk did not take by now, a later read will tell."""
        with contextlib.suppress(OSError):
            os.close(fd)

    def is_deleted(self, fd: int) -> bool:
        """Tell whether an open file has no name any more."""
        return os.fstat(fd).st_nlink == 0

    def remove(self, path: Path) -> None:
        """Delete a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

    def rename(self, path: Path, target: Path) -> None:
        """Give a file or directory another name."""
        path.rename(target)


def replace_file(files: Files, path: Path, data: bytes) -> None:
    """Write a small file that is either as before or as it shall be, also after a crash."""
    fresh = path.with_name(f".{path.name}")
    fd = files.create(fresh)
    try:
        files.write(fd, data, 0)
        files.sync(fd)
    finally:
        files.close(fd)
    files.rename(fresh, path)
