"""Other programs that read what a guest prints into its FIFO, and so take it away from us.

A VM has its FIFOs open for both directions; who has P.out open for reading alone is no VM. In a
container its directory may have another path, so a FIFO is known by its name and its inode. To look
into other users' processes takes root: who may not look finds nobody.
"""

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Final

from com1d.errors import PortDown
from com1d.ports.holder import describe


FRESH_SECONDS: Final = 0.5
"""How long one look through /proc counts, for all ports that open at the same time."""

SUFFIX: Final = ".out"
"""Of the FIFOs that we read: other names are not kept."""


class Readers:
    """Who has FIFOs open, from one look through /proc for many ports."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._found: dict[str, list[tuple[int, str]]] = {}
        """By the last part of the path: process and descriptor."""

    def demand_none(self, path: Path) -> None:
        """Raise `PortDown` where another program reads the FIFO at `path`. Blocks as `find`."""
        pid = self.find(path)
        if pid is not None:
            raise PortDown(
                f"{path} is read by {describe(pid)}, which takes away what the guest prints: "
                "com1d connects when that has left"
            )

    def find(self, path: Path) -> int | None:
        """Give a process other than ours that only reads the FIFO at `path`.

        Some 50 ms on a host with a thousand processes, so to be called in a thread.
        """
        with self._lock:
            if self._looked < time.monotonic() - FRESH_SECONDS:
                self._look()
                self._looked = time.monotonic()
            holders = self._found.get(path.resolve().name, ())
        try:
            fifo = path.stat()
        except OSError:  # removed meanwhile
            return None
        return next((pid for pid, fd in holders if _only_reads(pid, fd, fifo)), None)

    def _look(self) -> None:
        self._found = {}
        for process in os.scandir("/proc"):
            if not process.name.isdigit() or int(process.name) == os.getpid():
                continue
            with contextlib.suppress(OSError), os.scandir(f"{process.path}/fd") as entries:
                for entry in entries:
                    self._note(int(process.name), entry)

    def _note(self, pid: int, entry: os.DirEntry[str]) -> None:
        with contextlib.suppress(OSError):  # closed meanwhile
            name = os.readlink(entry)  # noqa: PTH115 -- a Path for every descriptor of the host
            if name.endswith(SUFFIX):
                self._found.setdefault(name.rpartition("/")[2], []).append((pid, entry.name))


def _only_reads(pid: int, fd: str, fifo: os.stat_result) -> bool:
    """Say whether a descriptor is one that only reads `fifo`; no where it is closed by now."""
    try:
        text = Path(f"/proc/{pid}/fdinfo/{fd}").read_text()
        flags = next(line for line in text.splitlines() if line.startswith("flags:")).split()[1]
        if int(flags, 8) & os.O_ACCMODE != os.O_RDONLY:
            return False
        return os.path.samestat(Path(f"/proc/{pid}/fd/{fd}").stat(), fifo)
    except OSError:
        return False


READERS: Final = Readers()
"""Shared by all ports, as the look is the same for each."""
