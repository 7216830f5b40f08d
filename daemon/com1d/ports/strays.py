"""FIFOs that were removed while a VM holds them: found again in /proc, as the VM's descriptors.

A cleaner, or another program's unit, may have removed them. A removed FIFO cannot be put back at
its path (linkat(2) gives ENOENT for a file without a name, whatever the privilege), and the VM
would have to be restarted; but /proc/PID/fd/N opens the very FIFO. To look into other users'
processes takes CAP_SYS_PTRACE.
"""

import os
import pwd
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple


GONE: Final = " (deleted)"
"""What the kernel appends to the name of a file that has none any more (proc(5))."""


class Stray(NamedTuple):
    """A descriptor of some process, for a FIFO that has lost its name."""

    link: Path
    """Under /proc: opens it."""
    status: os.stat_result

    def is_there(self) -> bool:
        """Say whether the process still has it open: the pid may be another's by now."""
        try:
            now = self.link.stat()
        except OSError:
            return False
        return os.path.samestat(now, self.status)


class Strays:
    """The removed FIFOs of all processes, from one look through /proc for many ports."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._found: dict[str, list[Stray]] = {}
        self.blind = False
        """Whether there were processes into which we may not look."""

    def find(self, path: Path, group: int, since: float) -> Stray | None:
        """Give the FIFO that was at `path` until it was removed, the youngest where there are more.

        Looks through /proc, unless that was done after `since` (of time.monotonic): some 50 ms on a
        host with a thousand processes, so to be called in a thread.

        Any user can make a removed FIFO with this very name, in a mount namespace of their own. So
        one counts only if it is on the file system where `path` is, and belongs to somebody who
        may open the consoles of `group` anyway.
        """
        with self._lock:
            if self._looked < since:
                self._looked = time.monotonic()
                self._look()
            candidates = self._found.get(str(path.parent.resolve() / path.name), ())
        device = path.parent.stat().st_dev
        right = [
            stray
            for stray in candidates
            if stray.status.st_dev == device and _is_trusted(stray.status, group)
        ]
        return max(right, key=lambda stray: stray.status.st_ctime_ns, default=None)

    def _look(self) -> None:
        self._found, self.blind = {}, False
        for link in self._descriptors():
            try:
                name = os.readlink(link)  # noqa: PTH115 -- a Path for every descriptor of the host
                if not name.endswith(GONE):
                    continue
                status = os.stat(link)  # noqa: PTH116 -- the same
                if stat.S_ISFIFO(status.st_mode):
                    stray = Stray(Path(link), status)
                    self._found.setdefault(name.removesuffix(GONE), []).append(stray)
            except PermissionError:
                self.blind = True
            except OSError:  # closed meanwhile
                continue

    def _descriptors(self) -> Iterator[str]:
        """Give the links of every process that we may look into; ours apart."""
        ours = str(os.getpid())
        for process in os.scandir("/proc"):
            if not process.name.isdigit() or process.name == ours:
                continue
            try:
                with os.scandir(f"{process.path}/fd") as entries:
                    yield from (entry.path for entry in entries)
            except PermissionError:
                self.blind = True
            except OSError:  # gone
                continue


STRAYS: Final = Strays()
"""Shared by all ports: the look through /proc is dear, and the same for each."""


def _is_trusted(status: os.stat_result, group: int) -> bool:
    """Say whether the FIFO is root's, ours, the group's, or of a user who is in the group."""
    if status.st_uid in (0, os.geteuid()) or status.st_gid == group:
        return True
    try:
        user = pwd.getpwuid(status.st_uid)
    except KeyError:
        return False
    return group in os.getgrouplist(user.pw_name, user.pw_gid)
