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

    __slots__ = ("path",)

    def __init__(self, device: Path, directories: tuple[Path, ...] = LOCK_DIRECTORIES) -> None:
        """Take the lock. Raises `DeviceBusyError` when a living process has one."""
        refuse_locked(device, directories)
        self.path: Path | None = None
        """The lock file, where one could be made."""
        name = f"LCK..{lock_names(device)[0]}"
        ours = (one for one in directories if os.access(one, os.W_OK, effective_ids=True))
        directory = next(ours, None)
        if directory is not None:
            self._write(directory / name)

    @classmethod
    def taken_over(cls, path: str | None) -> "Claim":
        """Give a claim that another process of ours had. It has its pid in it until `renew`."""
        claim = cls.__new__(cls)
        claim.path = None if path is None else Path(path)
        return claim

    def renew(self) -> None:
        """Put our own pid into the lock file."""
        if self.path is not None:
            self._write(self.path)

    def _write(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)  # its process is gone: a living one was refused before
            with path.open("x") as file:
                file.write(f"{os.getpid():{DIGITS}}\n")
            self.path = path

    def release(self) -> None:
        """Remove the lock file."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None
