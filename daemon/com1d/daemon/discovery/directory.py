"""VMs found by the sockets or FIFOs that they make: `/run/qemu/*/com1.sock`; ttys by udev's links.

inotify watches every directory on the way: the nearest existing one above while the root is
missing, and each VM's own. Nothing is polled. A VM counts as found as soon as its file exists: one
that has called bind() and not yet listen() is tried again by its console's keeper. Where several
parts of a path change, each directory that a part stands for is the root of the next.
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
"""Entries looked at before the loop goes on: half a millisecond."""

RETRY_SECONDS: Final = 30.0
"""Seconds until a directory is tried again that may not be watched, or for which the kernel has no
watch left."""

PIPE_SUFFIX: Final = ".out"
"""Suffix of the FIFO that the guest prints to, as QEMU names it."""


class Directory:
    """The VMs whose paths a wildcard matches."""

    def __init__(self, pattern: str, watcher: Watcher, tell: Tell) -> None:
        """Look for `pattern`, a path with a `*` in it or several."""
        self.looked = asyncio.Event()
        self.watcher = watcher
        self.tell = tell
        self._pending: dict[tuple[_Level, str], None] = {}
        """Entries to look at, in the order of their events."""
        self._news = asyncio.Event()
        self._retry: asyncio.TimerHandle | None = None
        self._top = _Level(Wildcard(pattern), (), self)

    async def run(self) -> None:
        """Look and tell, until cancelled."""
        try:
            self._top.look_around()
            while True:
                while self._pending:
                    for level, entry in tuple(self._pending)[:SLICE]:
                        del self._pending[level, entry]
                        level.look(entry)
                    await asyncio.sleep(0)
                self.looked.set()
                await self._news.wait()
                self._news.clear()
        finally:
            if self._retry is not None:
                self._retry.cancel()
            self._top.close()

    def note(self, level: "_Level", entries: Iterable[str]) -> None:
        """Look at these entries soon."""
        self._pending |= dict.fromkeys((level, entry) for entry in entries)
        self._news.set()

    def forget(self, level: "_Level") -> None:
        """Look at none of its entries any more."""
        for pending in [one for one in self._pending if one[0] is level]:
            del self._pending[pending]

    def complain(self, path: str, error: OSError) -> None:
        """Report a directory that cannot be watched, and try again later."""
        self.tell("", f"{path} cannot be watched: {error.strerror}")
        if self._retry is None or self._retry.when() <= asyncio.get_running_loop().time():
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(RETRY_SECONDS, self._top.look_around)


class _Level:
    """One part of the path with a `*` in it, below one root."""

    def __init__(self, wildcard: Wildcard, above: tuple[str, ...], owner: Directory) -> None:
        """Look for the entries of `wildcard`; `above` is what the parts before stand for."""
        self._wildcard = wildcard
        self._above = above
        self._owner = owner
        self._root = Path(wildcard.root)
        self._top: Contents | None = None
        """The root or, while there is none, the nearest directory above it."""
        self._folders: dict[str, list[Contents]] = {}
        """The watched directories between the root and the path of an entry."""
        self._known: dict[str, Sighting] = {}
        self._below: dict[str, _Level] = {}
        """The next part of the path, below each entry."""

    def close(self) -> None:
        """Look at nothing any more; what was told stays told."""
        if self._top is not None:
            self._top.close()
        for entry in tuple(self._folders):
            self._leave_folders(entry, 0)
        for level in self._below.values():
            level.close()
        self._owner.forget(self)

    def _vanish(self) -> None:
        """Tell that all is gone, because the root is."""
        self.close()
        for level in self._below.values():
            level._vanish()  # noqa: SLF001 -- one of our own
        for entry in tuple(self._known):
            self._tell(entry, None)

    # -- the root -----------------------------------------------------------------------------

    def look_around(self) -> None:
        """Watch the root, or wait until it exists, and look at every entry."""
        self._watch_top()
        entries: list[str] = []
        if self._top is not None and self._top.path == self._root:
            try:
                entries = os.listdir(self._root)  # noqa: PTH208 -- names, thousands of them
            except OSError as error:
                self._owner.complain(str(self._root), error)
        wanted = (entry for entry in entries if self._wildcard.parts_of(entry))
        self._owner.note(self, (*self._known, *self._folders, *self._below, *wanted))
        for level in self._below.values():
            level.look_around()

    def _watch_top(self) -> None:
        """Watch the root or the nearest directory above it that exists."""
        while True:
            if self._top is not None:
                self._top.close()
            folder = next(f for f in (self._root, *self._root.parents) if _is_there(f))
            self._top = self._owner.watcher.contents(folder, self._heard)
            try:
                self._top.renew()
            except (FileNotFoundError, NotADirectoryError):
                continue  # it was removed in between
            except OSError as error:
                self._owner.complain(str(folder), error)
                return
            # Files made before the watch cause no event, so look once more.
            if folder == self._root or not _is_there(_next_part(self._root, folder)):
                return

    def _heard(self, entry: str | None) -> None:
        """Handle an event in the root, or in a directory above it."""
        if entry is None or self._top is None or self._top.path != self._root:
            self.look_around()
        elif self._wildcard.parts_of(entry):
            self._owner.note(self, (entry,))

    # -- one entry ----------------------------------------------------------------------------

    def look(self, entry: str) -> None:
        """Look what there is now."""
        self._watch_folders(entry)
        if self._wildcard.below:
            self._go_below(entry)
            return
        seen = self._sight(entry)
        if self._known.get(entry) != seen:
            self._tell(entry, seen)

    def _tell(self, entry: str, seen: Sighting) -> None:
        if seen is None:
            del self._known[entry]
        else:
            self._known[entry] = seen
        self._owner.tell("/".join(self._parts(entry)), seen)

    def _parts(self, entry: str) -> tuple[str, ...]:
        return (*self._above, *(self._wildcard.parts_of(entry) or ()))

    def _go_below(self, entry: str) -> None:
        """Look for the rest of the path below an entry, for as long as its directory exists."""
        path = self._wildcard.path_of(entry)
        there, level = _is_there(Path(path)), self._below.get(entry)
        if there and level is None:
            wildcard = Wildcard(self._wildcard.below, path)
            level = self._below[entry] = _Level(wildcard, self._parts(entry), self._owner)
            level.look_around()
        elif not there and level is not None:
            del self._below[entry]
            level._vanish()

    def _watch_folders(self, entry: str) -> None:
        folders = self._wildcard.folders(entry)
        watched = self._folders.setdefault(entry, [])
        for number, folder in enumerate(folders):
            if number == len(watched):
                tell = partial(self._heard_below, entry)
                watched.append(self._owner.watcher.contents(Path(folder), tell))
            try:
                watched[number].renew()
            except OSError as error:
                self._leave_folders(entry, number)
                if not isinstance(error, FileNotFoundError | NotADirectoryError):
                    self._owner.complain(folder, error)
                return
        if not folders:
            del self._folders[entry]

    def _heard_below(self, entry: str, _what: str | None) -> None:
        self._owner.note(self, (entry,))

    def _leave_folders(self, entry: str, number: int) -> None:
        """Stop watching the folders of `entry` from the one with `number` on."""
        watched = self._folders[entry]
        while len(watched) > number:
            watched.pop().close()
        if not watched:
            del self._folders[entry]

    def _sight(self, entry: str) -> Sighting:
        path = self._wildcard.path_of(entry)
        try:
            for folder in (self._wildcard.root, *self._wildcard.folders(entry)):
                if Path(folder).stat().st_mode & stat.S_IWOTH:
                    return f"{folder} can be written to by everybody: run chmod o-w {folder}"
            with reach(path) as seen:
                return _sighted(self._parts(entry), path, seen)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnsafePathError as error:
            return str(error)
        except OSError as error:
            return f"{path}: {error.strerror}"


def _sighted(parts: tuple[str, ...], path: str, seen: Handle) -> Sighting:
    mode, name = seen.status.st_mode, "-".join(parts)
    if stat.S_ISSOCK(mode):
        return Found(name, PortAddress("unix", path), parts=parts)
    if stat.S_ISFIFO(mode) and path.endswith(PIPE_SUFFIX):
        return Found(name, PortAddress("pipe", path.removesuffix(PIPE_SUFFIX)), parts=parts)
    # A device in a directory of a VM's user may be any device by the time that it is opened.
    if stat.S_ISCHR(mode) and seen.guarded:
        return Found(name, PortAddress("serial", path), parts=parts)
    return f"{path} is neither a socket, a tty, nor a FIFO whose name ends with {PIPE_SUFFIX}"


def _is_there(folder: Path) -> bool:
    return os.path.isdir(folder)  # noqa: PTH112 -- which does not raise, whatever is there


def _next_part(path: Path, above: Path) -> Path:
    """Give the first part of `path` below `above`."""
    return above / path.relative_to(above).parts[0]
