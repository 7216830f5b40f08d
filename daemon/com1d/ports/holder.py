"""The other user of a serial device: three kinds of lock that do not see each other, and /proc."""

import contextlib
import fcntl
import os
import stat
import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from com1d.errors import PortDown


LOCK_DIRECTORIES: Final = (Path("/run/lock"), Path("/var/lock"))
"""Where UUCP lock files are: minicom, cu, gensio and libvirt write them (FHS 3.0, 5.9)."""

LOCK_BYTES: Final = 16
"""Bytes of a lock file: eleven, and some programs write a few more blanks. A longer file is
none."""

LOOKS_MAX: Final = 1000
"""Descriptors of a lock's process that are looked at: 2 ms. The lock of a process with more
counts."""

INT_BYTES: Final = 4
"""A C int, as ioctl() and the oldest form of lock file have it."""

TIOCGEXCL: Final = 0x80045440
"""Asks whether somebody set TIOCEXCL, which does not stop root (ioctl_tty(2)); not in termios."""


class DeviceBusyError(PortDown):
    """Another process uses the device: `pid`, where the lock file `lock` names it."""

    def __init__(self, pid: int | None = None, lock: Path | None = None) -> None:
        super().__init__("another process uses the device")
        self.pid = pid
        self.lock = lock


class ClaimedError(DeviceBusyError):
    """TIOCEXCL is set on the device, perhaps by a process that was killed since."""


def refuse_claimed(fd: int) -> None:
    """Raise `ClaimedError` if TIOCEXCL is set on the device at `fd`."""
    try:
        claimed = fcntl.ioctl(fd, TIOCGEXCL, bytes(INT_BYTES))
    except OSError:  # a driver or an architecture without it
        return
    if any(claimed):
        raise ClaimedError


def refuse_locked(device: Path, directories: tuple[Path, ...]) -> None:
    """Raise `DeviceBusyError` if a living process claims `device` with a UUCP lock file.

    Every user can write to /run/lock, so a lock counts only from root, from our own user, or from a
    process that really has the device open. A lock is stale if its process is gone, or its pid
    belongs to another process that does not have the device open.
    """
    for directory in directories:
        for name in lock_names(device):
            path = directory / f"LCK..{name}"
            pid = _lock_pid(path)
            if pid is None or pid == os.getpid() or not _uses(pid, device):
                continue
            raise DeviceBusyError(pid, path)


def _uses(pid: int, device: Path) -> bool:
    """Say whether a process has `device` open or, where we may not look, whether it lives."""
    try:
        entries = os.scandir(f"/proc/{pid}/fd")
    except PermissionError:
        return True
    except OSError:
        return False
    target = str(device.resolve())
    with entries:
        looks = list(islice(entries, LOOKS_MAX + 1))
    return len(looks) > LOOKS_MAX or any(_names(entry, target) for entry in looks)


def _names(entry: os.DirEntry[str], target: str) -> bool:
    with contextlib.suppress(OSError):  # closed meanwhile
        return os.readlink(entry) == target  # noqa: PTH115 -- one of many
    return False


def lock_names(device: Path) -> tuple[str, ...]:
    """Give the names that lock files of a device have, libvirt's first."""
    real = device.resolve()
    return (str(real).removeprefix("/dev").replace("/", "_"), *{device.name, real.name})


def find(device: Path, guess: int | None) -> int | None:
    """Give a process that has `device` open, among those that we may look at, `guess` first.

    Reads the whole of /proc: to be called in a thread.
    """
    return find_open(str(device.resolve()), guess)


def find_open(target: str, guess: int | None = None) -> int | None:
    """Give a process that has `target` open, as /proc/PID/fd names it; in a thread, as `find`."""
    candidates = chain(() if guess is None else (guess,), _processes())
    return next((pid for pid in candidates if target in _open_files(pid)), None)


def openers(targets: frozenset[str]) -> dict[str, set[int]]:
    """Give the processes that have each of `targets` open, from one look through /proc."""
    found: dict[str, set[int]] = {}
    for pid in _processes():
        for name in targets.intersection(_open_files(pid)):
            found.setdefault(name, set()).add(pid)
    return found


def describe(pid: int | None) -> str:
    """Name a process as people know it."""
    if pid is None:
        return "another process"
    try:
        name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return f"process {pid}"
    return f"{name} (pid {pid})"


def _lock_pid(path: Path) -> int | None:
    """Read a lock file: ten ASCII digits, or a C int. Anything else in that place is no lock.

    Other users can put files there, which must not block us: FIFOs and links are refused, and few
    bytes are read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        content = os.read(fd, LOCK_BYTES + 1) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return None
    finally:
        os.close(fd)
    text = content.strip()
    if text.isdigit() and len(content) <= LOCK_BYTES:
        return int(text)
    return int.from_bytes(content, sys.byteorder) if len(content) == INT_BYTES else None


def _processes() -> list[int]:
    return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]


def _open_files(pid: int) -> Iterator[str]:
    try:
        entries = list(os.scandir(f"/proc/{pid}/fd"))
    except OSError:  # gone, or another user's
        return
    for entry in entries:
        with contextlib.suppress(OSError):  # closed meanwhile
            yield os.readlink(entry)  # noqa: PTH115 -- a Path for every descriptor of the host
