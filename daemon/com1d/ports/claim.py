"""Our own lock file on a pty, which keeps `virsh console` from reading half of the bytes.

libvirt looks for a lock before it opens a console, names it after the path below /dev, and removes
one whose process is gone (src/conf/virchrdev.c; seen with 9.0.0: `LCK.._pts_0`).
"""

import contextlib
import os
from pathlib import Path

from com1d.ports.holder import LOCK_DIRECTORIES, lock_names, refuse_locked


DIGITS = 10
"""Of the pid in a lock file, padded with spaces (FHS 3.0, 5.9)."""


class Claim:
    """A lock file of ours until `release`; without effect where none can be made."""

    __slots__ = ("_path",)

    def __init__(self, device: Path, directories: tuple[Path, ...] = LOCK_DIRECTORIES) -> None:
        """Take the lock. Raises `DeviceBusyError` when a living process has one."""
        refuse_locked(device, directories)
        self._path: Path | None = None
        name = f"LCK..{lock_names(device)[0]}"
        directory = next((place for place in directories if os.access(place, os.W_OK)), None)
        if directory is not None:
            path = directory / name
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)  # its process is gone: a living one was refused above
                with path.open("x") as file:
                    file.write(f"{os.getpid():{DIGITS}}\n")
                self._path = path

    def release(self) -> None:
        """Remove the lock file."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None
