"""The audit's files: the newest one, the earlier ones, and the head that is kept elsewhere.

Everything here blocks and runs in the audit's own thread. When `append` returns, lines and head are
on the disk, the lines first; when it raises, the file is as it was. So a file ends with half a line
only if the daemon was killed while it wrote, and no head ever counts a line that does not exist.
"""

import contextlib
import errno
import os
import stat
from itertools import islice
from pathlib import Path
from typing import Final

from com1d.core.access.audit import Head, Line, behind, decode_head, parse
from com1d.values import dataclass


FILE_MODE: Final = 0o640
DIRECTORY_MODE: Final = 0o750

NAME: Final = "audit.jsonl"
_EARLIER: Final = "audit-*.jsonl"

FILE_BYTES: Final = 16 << 20
"""A file that has grown to this is put aside: some 40,000 lines."""

EARLIER_FILES: Final = 15
"""Files put aside that are kept: with the newest one 256 MiB, half a million attaches."""

UNKEPT_LINES: Final = 100
"""Lines that can be on the disk before the head that they lead to: one batch (`audit.BATCH_LINES`),
where the daemon was killed in between. More were added by somebody else."""

TAIL_BYTES: Final = 65536
"""Bytes of one read while the last line is looked for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What `open` found on the disk."""

    head: Head
    """The end of the chain, where it goes on."""
    cut: int
    """Bytes of an unfinished line that were cut off."""
    missing: int
    """Lines that the kept head counts and the files do not have."""
    added: int = 0
    """Lines behind the kept head: the daemon was killed before it could keep theirs."""
    forged: str = ""
    """The name under which a file was put aside that does not go with the kept head."""


class AuditFile:
    """The files of one daemon. Every method may raise `OSError`."""

    def __init__(self, log_dir: Path, state_dir: Path) -> None:
        """Take the paths; `open` touches them."""
        self.path = log_dir / NAME
        self.size = 0
        self.key = b""
        """What lines are sealed with; to be set before `open`."""
        self._head_path = head_path(state_dir)
        self._fd = -1
        self._head_fd = -1

    @property
    def full(self) -> bool:
        """Whether the file has reached its size, so that the next line begins another one."""
        return self.size >= FILE_BYTES

    def open(self) -> Opened:
        """Make what is missing, cut an unfinished line off, and find the end of the chain."""
        for path in (self.path, self._head_path):
            path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        try:
            self._fd = _open(self.path, os.O_RDWR | os.O_APPEND)
            self._head_fd = _open(self._head_path, os.O_RDWR)
            kept = decode_head(os.pread(self._head_fd, len(Head().encode()) + 1, 0)) or Head()
            cut = self._cut_unfinished()
            opened = self._judge(kept, cut)
        except BaseException:
            self.close()
            raise
        return opened

    def append(self, data: bytes, head: Head) -> None:
        """Write whole lines, and then the head that they lead to, or neither."""
        if self._moved():
            self._reopen()
        try:
            _write(self._fd, data)
            os.fdatasync(self._fd)
            os.pwrite(self._head_fd, head.encode(), 0)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size)
            raise
        self.size += len(data)

    def rotate(self) -> bool:
        """Rename the file by its first number, unless that name exists, and begin another."""
        if self._moved():  # an earlier try renamed it and then failed
            self._reopen()
            return False
        with self.path.open("rb") as file:
            first = parse(file.readline(), self.key)
        aside = self.path.with_name(f"audit-{first.seq if first else 0:012}.jsonl")
        if aside.exists():
            return False
        self.path.rename(aside)
        self._reopen()
        return True

    def too_many(self) -> tuple[list[Path], int]:
        """Give the oldest files, those beyond `EARLIER_FILES`, and their last number."""
        files = earlier(self.path.parent)
        oldest_kept = files[-EARLIER_FILES:][0] if files else self.path
        digits = oldest_kept.stem.removeprefix("audit-")
        return files[:-EARLIER_FILES], int(digits) - 1 if digits.isdigit() else 0

    @staticmethod
    def remove(paths: list[Path]) -> None:
        """Delete files; the chain has a line about their removal by now."""
        for path in paths:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close what is open."""
        for fd in (self._fd, self._head_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._head_fd = -1

    def _moved(self) -> bool:
        """Say whether the path no longer names the open file."""
        ours = os.fstat(self._fd)
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return True
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)

    def _reopen(self) -> None:
        fresh = _open(self.path, os.O_RDWR | os.O_APPEND)
        os.close(self._fd)
        self._fd = fresh
        self._cut_unfinished()

    def _cut_unfinished(self) -> int:
        size = os.fstat(self._fd).st_size
        last = _last_line(self._fd, size)
        cut = 0 if last.endswith(b"\n") else len(last)
        self.size = size - cut
        if cut:
            os.ftruncate(self._fd, self.size)
        return cut

    def _judge(self, kept: Head, cut: int) -> Opened:
        """Compare the end of the files with the kept head, to see whether they were changed.

        A file that does not fit the head is put aside, and the chain goes on from the head.
        """
        path, newest_first = self.path, self._newest_first(self._fd, self.size)
        if not newest_first and (before := earlier(self.path.parent)):
            path = before[-1]
            with path.open("rb") as file:
                fd = file.fileno()
                newest_first = self._newest_first(fd, os.fstat(fd).st_size)
        last = newest_first[0] if newest_first else None
        end = Head(last.seq, last.digest) if last else Head()
        if kept == Head() or end.seq < kept.seq:
            missing = max(0, kept.seq - end.seq)
            return Opened(kept if missing else end, cut, missing)
        wanted = islice(newest_first, UNKEPT_LINES + 1)
        added = behind(kept, wanted)
        if added is not None and added <= UNKEPT_LINES:
            return Opened(end, cut, 0, added)
        return Opened(kept, cut, 0, 0, self._put_aside(path))

    def _newest_first(self, fd: int, size: int) -> list[Line | None]:
        """Read the last lines: as many as can be behind the head, and two more."""
        lines: list[Line | None] = []
        while size and len(lines) < UNKEPT_LINES + 2:
            raw = _last_line(fd, size)
            size -= len(raw)
            lines.append(parse(raw, self.key))
        return lines

    def _put_aside(self, path: Path) -> str:
        """Rename a forged file to a name that is not of the chain, and make a new file."""
        number = 1
        while (aside := path.with_name(f"{path.name}.forged-{number}")).exists():
            number += 1
        path.rename(aside)
        if path == self.path:
            self._reopen()
        return aside.name


def head_path(state_dir: Path) -> Path:
    """Give the path of the head.

    It is in another directory than the lines, so that deleting those does not delete it.
    """
    return state_dir / "audit.head"


def earlier(log_dir: Path) -> list[Path]:
    """Give the earlier files, oldest first, by the first number in their names."""
    return sorted(log_dir.glob(_EARLIER))


def _open(path: Path, flags: int) -> int:
    safe = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # opening a FIFO would wait for its reader
    fd = os.open(path, flags | os.O_CREAT | safe, FILE_MODE)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    os.fchmod(fd, FILE_MODE)
    return fd


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _last_line(fd: int, size: int) -> bytes:
    """Read the last line, also where it has no newline; empty where there is none."""
    line, begin = b"", size
    while begin:
        begin, end = max(0, begin - TAIL_BYTES), begin
        line = os.pread(fd, end - begin, begin) + line
        if (cut := line.rfind(b"\n", 0, -1)) >= 0:
            return line[cut + 1 :]
    return line
