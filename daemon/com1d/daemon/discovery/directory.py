"""VMs found by the sockets or FIFOs that they make: `/run/qemu/*/com1.sock`; ttys by udev's links.

inotify watches every directory on the way: the nearest existing one above while the root is
missing, and each VM's own. Nothing is polled. A VM counts as found as soon as its file exists: one
that has called bind() and not yet listen() is tried again by its console's keeper.
"""

import asyncio
import os
import stat
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from com1d.config import Found, PortAddress
from com1d.core.access.wildcard import Wildcard
from com1d.daemon.discovery.base import Sighting, Tell
from com1d.loop.safe_path import Handle, UnsafePathError, reach
from com1d.loop.watch import Contents, Watcher


SLICE: Final = 10
"""Names looked at before the loop goes on: half a millisecond."""

RETRY_SECONDS: Final = 30.0
"""Seconds until a directory is tried again that may not be watched, or for which the kernel has no
watch left."""

PIPE_SUFFIX: Final = ".out"
"""Suffix of the FIFO that the guest prints to, as QEMU names it."""


class Directory:
    """The VMs whose paths a wildcard matches."""

    def __init__(self, pattern: str, watcher: Watcher, tell: Tell) -> None:
        """Look for `pattern`, a path with one `*`."""
        self.looked = asyncio.Event()
        self._wildcard = Wildcard(pattern)
        self._root = Path(self._wildcard.root)
        self._watcher = watcher
        self._tell = tell
        self._top: Contents | None = None
        """The root or, while there is none, the nearest directory above it."""
        self._folders: dict[str, list[Contents]] = {}
        """The watched directories between the root and the path of a name."""
        self._known: dict[str, Sighting] = {}
        self._pending: dict[str, None] = {}
        """Names to look at, in the order of their events."""
        self._news = asyncio.Event()
        self._retry: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Look and tell, until cancelled."""
        try:
            self._look_around()
            while True:
                while self._pending:
                    for name in tuple(self._pending)[:SLICE]:
                        del self._pending[name]
                        self._look(name)
                    await asyncio.sleep(0)
                self.looked.set()
                await self._news.wait()
                self._news.clear()
        finally:
            self._close()

    def _close(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
        if self._top is not None:
            self._top.close()
        for name in tuple(self._folders):
            self._leave_folders(name, 0)

    # -- the root -----------------------------------------------------------------------------

    def _look_around(self) -> None:
        """Watch the root, or wait until it exists, and look at every name."""
        self._watch_top()
        entries: list[str] = []
        if self._top is not None and self._top.path == self._root:
            try:
                entries = os.listdir(self._root)  # noqa: PTH208 -- names, thousands of them
            except OSError as error:
                self._complain(str(self._root), error)
        names = (self._wildcard.name_of(entry) for entry in entries)
        self._note(name for name in (*self._known, *self._folders, *names) if name is not None)

    def _watch_top(self) -> None:
        """Watch the root or the nearest directory above it that exists."""
        while True:
            if self._top is not None:
                self._top.close()
            folder = next(f for f in (self._root, *self._root.parents) if _is_there(f))
            self._top = self._watcher.contents(folder, self._heard)
            try:
                self._top.renew()
            except (FileNotFoundError, NotADirectoryError):
                continue  # it was removed in between
            except OSError as error:
                self._complain(str(folder), error)
                return
            # Files made before the watch cause no event, so look once more.
            if folder == self._root or not _is_there(_next_part(self._root, folder)):
                return

    def _heard(self, entry: str | None) -> None:
        """Handle an event in the root, or in a directory above it."""
        if entry is None or self._top is None or self._top.path != self._root:
            self._look_around()
        elif (name := self._wildcard.name_of(entry)) is not None:
            self._note((name,))

    def _note(self, names: Iterable[str]) -> None:
        self._pending |= dict.fromkeys(names)
        self._news.set()

    # -- one name -----------------------------------------------------------------------------

    def _look(self, name: str) -> None:
        self._watch_folders(name)
        seen = self._sight(name)
        if self._known.get(name) == seen:
            return
        if seen is None:
            del self._known[name]
        else:
            self._known[name] = seen
        self._tell(name, seen)

    def _watch_folders(self, name: str) -> None:
        folders = self._wildcard.folders(name)
        watched = self._folders.setdefault(name, [])
        for number, folder in enumerate(folders):
            if number == len(watched):
                tell = partial(self._heard_below, name)
                watched.append(self._watcher.contents(Path(folder), tell))
            try:
                watched[number].renew()
            except OSError as error:
                self._leave_folders(name, number)
                if not isinstance(error, FileNotFoundError | NotADirectoryError):
                    self._complain(folder, error)
                return
        if not folders:
            del self._folders[name]

    def _heard_below(self, name: str, _entry: str | None) -> None:
        self._note((name,))

    def _leave_folders(self, name: str, number: int) -> None:
        """Stop watching the folders of `name` from the one with `number` on."""
        watched = self._folders[name]
        while len(watched) > number:
            watched.pop().close()
        if not watched:
            del self._folders[name]

    def _sight(self, name: str) -> Sighting:
        path = self._wildcard.path_of(name)
        try:
            for folder in (self._wildcard.root, *self._wildcard.folders(name)):
                if Path(folder).stat().st_mode & stat.S_IWOTH:
                    return f"{folder} can be written to by everybody: run chmod o-w {folder}"
            with reach(path) as seen:
                return _sighted(name, path, seen)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnsafePathError as error:
            return str(error)
        except OSError as error:
            return f"{path}: {error.strerror}"

    def _complain(self, path: str, error: OSError) -> None:
        """Report a directory that cannot be watched, and try again later."""
        self._tell("", f"{path} cannot be watched: {error.strerror}")
        if self._retry is None or self._retry.when() <= asyncio.get_running_loop().time():
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(RETRY_SECONDS, self._look_around)


def _sighted(name: str, path: str, seen: Handle) -> Sighting:
    mode = seen.status.st_mode
    if stat.S_ISSOCK(mode):
        return Found(name, PortAddress("unix", path), parts=(name,))
    if stat.S_ISFIFO(mode) and path.endswith(PIPE_SUFFIX):
        return Found(name, PortAddress("pipe", path.removesuffix(PIPE_SUFFIX)), parts=(name,))
    # A device in a directory of a VM's user may be any device by the time that it is opened.
    if stat.S_ISCHR(mode) and seen.guarded:
        return Found(name, PortAddress("serial", path), parts=(name,))
    return f"{path} is neither a socket, a tty, nor a FIFO whose name ends with {PIPE_SUFFIX}"


def _is_there(folder: Path) -> bool:
    return os.path.isdir(folder)  # noqa: PTH112 -- which does not raise, whatever is there


def _next_part(path: Path, above: Path) -> Path:
    """Give the first part of `path` below `above`."""
    return above / path.relative_to(above).parts[0]
