"""Who else uses a serial device: three kinds of lock that do not see each other, and a name."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from com1d.errors import PortDown


LOCK_DIRECTORIES: Final = (Path("/run/lock"), Path("/var/lock"))
"""Where UUCP lock files are: minicom, cu, gensio and libvirt write them (FHS 3.0, 5.9)."""

INT_BYTES: Final = 4
"""A C int, as ioctl() and the oldest form of lock file have it."""

TIOCGEXCL: Final = 0x80045440
"""Asks whether somebody set TIOCEXCL, which does not stop root (ioctl_tty(2)); not in termios."""


class DeviceBusyError(PortDown):
    """Another process uses the device: `pid`, where a lock file names it."""

    def __init__(self, pid: int | None = None) -> None:
        super().__init__("another process uses the device")
        self.pid = pid


class ClaimedError(DeviceBusyError):
    """Somebody has set TIOCEXCL on the device; perhaps a process that was killed since."""


def refuse_claimed(fd: int) -> None:
    """Raise `ClaimedError` if TIOCEXCL is set on the device at `fd`."""
    try:
        claimed = fcntl.ioctl(fd, TIOCGEXCL, bytes(INT_BYTES))
    except OSError:  # a driver or an architecture without it
        return
    if any(claimed):
        raise ClaimedError


def refuse_locked(device: Path, directories: tuple[Path, ...]) -> None:
    """Raise `DeviceBusyError` if a living process claims `device` with a UUCP lock file."""
    for directory in directories:
        for name in lock_names(device):
            pid = _lock_pid(directory / f"LCK..{name}")
            if pid is not None and pid != os.getpid() and Path(f"/proc/{pid}").exists():
                raise DeviceBusyError(pid)


def lock_names(device: Path) -> tuple[str, ...]:
    """Give the names that lock files of a device have, libvirt's first."""
    real = device.resolve()
    return (str(real).removeprefix("/dev").replace("/", "_"), *{device.name, real.name})


def find(device: Path, guess: int | None) -> int | None:
    """Give a process that has `device` open, as far as we may look; `guess` is looked at first.

    Reads the whole of /proc: to be called in a thread.
    """
    target = str(device.resolve())
    candidates = chain(() if guess is None else (guess,), _processes())
    return next((pid for pid in candidates if target in _open_files(pid)), None)


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
    """Read a lock file: ten ASCII digits, or a C int."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if content.strip().isdigit():
        return int(content)
    return int.from_bytes(content, "little") if len(content) == INT_BYTES else None


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
