"""Told when a path appears, is opened or is renamed: one inotify for every port of the daemon.

The kernel watches directories, each once, however many ports have their paths in it. A directory
that does not exist, or that may not be watched, is tried again at every `Changes.renew`.
"""

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, TypeAlias

from asyncinotify import Event, Inotify, Mask, Watch


NEWS: Final = Mask.CREATE | Mask.MOVED_TO | Mask.MOVED_FROM | Mask.ATTRIB
"""A path has appeared, somebody may use it who could not before, or what had it has another now."""

GONE: Final = Mask.IGNORED | Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.UNMOUNT
"""The directory is no longer what its path names."""

DIRECTORY: Final = NEWS | Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.ONLYDIR | Mask.MASK_ADD
"""Events that a directory is watched for. IN_OPEN is added only where one of the paths is a FIFO:
in /dev, openings would flood us."""


LOSS: Final = Mask.DELETE
"""A path has gone. For who looks at everything in a directory; no port is tried again for that."""


RETRY_SECONDS: Final = 5.0
"""How often an inotify instance is asked for that was not to be had: the ports that wait for news
try by themselves meanwhile."""

SLICE: Final = 32
"""Events handled before the loop goes on: a millisecond."""


class Changes:
    """Changes of the paths of one port, watched inside `with`."""

    __slots__ = ("_awake", "_news", "_places", "_watcher", "paths")

    def __init__(self, watcher: "Watcher", paths: tuple[Path, ...]) -> None:
        self.paths = paths
        self._watcher = watcher
        self._places: dict[Path, int] = {}
        self._news = False
        self._awake: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        self.renew()
        return self

    def __exit__(self, *_exc: object) -> None:
        for path, place in self._places.items():
            self._watcher.withdraw(self, path, place)

    def renew(self) -> None:
        """Forget earlier changes, and watch directories that could not be watched before.

        To be called before looking at the paths, so that nothing falls in between.
        """
        self._news = False
        for path in self.paths:
            place = self._watcher.follow(self, path, self._places.get(path))
            if place is not None:
                self._places[path] = place

    async def wait(self, seconds: float) -> bool:
        """Wait for a change, `seconds` at most; say whether there was one."""
        if not self._news:
            loop = asyncio.get_running_loop()
            # Not asyncio.timeout(): thousands of ports wait like this, and a cancellation for
            # each pause that ends costs more than the try after it.
            self._awake = loop.create_future()
            timer = loop.call_later(seconds, self._wake)
            try:
                await self._awake
            finally:
                timer.cancel()
        return self._news

    def tell(self) -> None:
        """Note a change. For the watcher."""
        self._news = True
        self._wake()

    def _wake(self) -> None:
        if self._awake is not None and not self._awake.done():
            self._awake.set_result(None)


class Contents:
    """The contents of one directory as they change, from `renew` until the directory's end."""

    __slots__ = ("_place", "_watcher", "path", "tell")

    def __init__(self, watcher: "Watcher", path: Path, tell: Callable[[str | None], None]) -> None:
        """Watch nothing yet. `tell` gets a name; or None: look at everything, and `renew`."""
        self.path = path
        self.tell = tell
        self._watcher = watcher
        self._place: int | None = None

    def renew(self) -> None:
        """Watch the directory that has this path now. Raises `OSError` where that fails."""
        self._place = self._watcher.open(self, self._place)

    def close(self) -> None:
        """Stop watching."""
        if self._place is not None:
            self._watcher.shut(self, self._place)
            self._place = None


_Identity: TypeAlias = tuple[int, int]
"""Device and inode: what a path names now, whatever else has had that path."""


@dataclass(slots=True)
class _Directory:
    watch: Watch
    identity: _Identity | None = None
    names: dict[str, set[Changes]] = field(default_factory=dict)
    openings: bool = False
    contents: set[Contents] = field(default_factory=set)


class Watcher:
    """The daemon's inotify. `run` has to run while anybody waits.

    Without one nobody is told anything, and whoever waits tries at the end of its pause.
    """

    def __init__(self, troubled: Callable[[str], None] = lambda _: None) -> None:
        """Open it, if it is to be had; `run` tells `troubled` why not, and "" when it is."""
        self._troubled = troubled
        self._inotify: Inotify | None = None
        self._trouble = self._open()
        self._directories: dict[int, _Directory] = {}
        self._known: dict[_Identity, _Directory] = {}
        """Those of `_directories` that need not be looked up in the kernel."""

    async def run(self) -> None:
        """Tell whoever waits, until cancelled."""
        if self._trouble:
            self._troubled(self._trouble)
        while (inotify := self._inotify) is None:
            await asyncio.sleep(RETRY_SECONDS)
            if not self._open():
                self._troubled("")
        count = 0
        async for event in inotify:
            self._dispatch(event)
            # A thousand consoles that start make as many events at once.
            count += 1
            if count % SLICE == 0:
                await asyncio.sleep(0)

    def close(self) -> None:
        """Close the inotify. To be called when `run` has ended."""
        self._directories.clear()
        self._known.clear()
        if self._inotify is not None:
            self._inotify.close()

    def _open(self) -> str:
        """Try to have an inotify instance; say why not."""
        try:
            self._inotify = Inotify()
        except OSError as error:
            return f"{error.strerror or error}: raise fs.inotify.max_user_instances"
        return ""

    def _add(self, path: Path, mask: Mask) -> Watch:
        """Have the kernel watch `path`. Raises `OSError`."""
        if self._inotify is None:
            raise OSError(errno.EMFILE, "there is no inotify instance")
        return self._inotify.add_watch(path, mask)

    def watch(self, paths: tuple[Path, ...]) -> Changes:
        """Give the changes of `paths`, which need not exist, nor their directories."""
        return Changes(self, paths)

    def contents(self, path: Path, tell: Callable[[str | None], None]) -> Contents:
        """Give the contents of the directory at `path`, as they change."""
        return Contents(self, path, tell)

    def open(self, contents: Contents, place: int | None) -> int:
        """Watch a directory for `contents`, unless `place` says that this is so. For `Contents`."""
        known = self._directories.get(place) if place is not None else None
        if known is not None and contents in known.contents:
            return known.watch.wd
        watch = self._add(contents.path, DIRECTORY | LOSS)
        self._directories.setdefault(watch.wd, _Directory(watch)).contents.add(contents)
        return watch.wd

    def shut(self, contents: Contents, place: int) -> None:
        """Undo `open`."""
        directory = self._directories.get(place)
        if directory is not None:
            directory.contents.discard(contents)
            self._end_if_idle(place, directory)

    def follow(self, changes: Changes, path: Path, place: int | None) -> int | None:
        """Watch `path` for `changes`; give the number of its directory if that can be watched.

        `place` is what this gave before. For `Changes`.
        """
        known = self._directories.get(place) if place is not None else None
        if known is not None and known.openings:
            return place
        openings = path.is_fifo()
        if known is not None and not openings:
            return place
        try:
            directory = self._directory(path.parent, openings=openings)
        except OSError:  # missing, forbidden, or too many watches: `renew` tries again
            return None
        directory.names.setdefault(path.name, set()).add(changes)
        return directory.watch.wd

    def _directory(self, path: Path, *, openings: bool) -> _Directory:
        """Give what is watched at `path`, and watch it if need be. Raises `OSError`.

        Asking the kernel for a watch that it has makes it go through all names of the directory:
        that would be the longest part of starting thousands of consoles.
        """
        identity = _identity(path)
        known = self._known.get(identity)
        if known is not None and (known.openings or not openings):
            return known
        watch = self._add(path, DIRECTORY | Mask.OPEN if openings else DIRECTORY)
        directory = self._directories.setdefault(watch.wd, _Directory(watch))
        directory.openings |= openings
        if identity == _identity(path):  # and not another directory that took its place meanwhile
            directory.identity = identity
            self._known[identity] = directory
        return directory

    def withdraw(self, changes: Changes, path: Path, place: int) -> None:
        """Undo `follow`; the last user of a directory ends the kernel's watch."""
        directory = self._directories.get(place)
        if directory is None:
            return
        waiting = directory.names[path.name]
        waiting.discard(changes)
        if not waiting:
            del directory.names[path.name]
        self._end_if_idle(place, directory)

    def _end_if_idle(self, place: int, directory: _Directory) -> None:
        if not directory.names and not directory.contents:
            self._end(place)

    def _end(self, place: int) -> _Directory:
        directory = self._directories.pop(place)
        if directory.identity is not None:
            self._known.pop(directory.identity, None)
        if self._inotify is not None:
            with contextlib.suppress(OSError):  # the kernel has ended it already
                self._inotify.rm_watch(directory.watch)
        return directory

    def _dispatch(self, event: Event) -> None:
        if Mask.Q_OVERFLOW in event.mask:  # the queue overflowed: every watcher has to look
            for directory in self._directories.values():
                _tell(directory)
            return
        place = event.watch.wd if event.watch is not None else None
        if place not in self._directories:
            return
        if event.mask & GONE:
            _tell(self._end(place))  # the number is not given again, so a stale one is harmless
        elif event.name is not None:
            directory, name = self._directories[place], os.fspath(event.name)
            if not event.mask & LOSS:
                for changes in directory.names.get(name, ()):
                    changes.tell()
            for contents in tuple(directory.contents):
                contents.tell(name)


def _identity(path: Path) -> _Identity:
    status = path.stat()
    return status.st_dev, status.st_ino


def _tell(directory: _Directory) -> None:
    for waiting in directory.names.values():
        for changes in waiting:
            changes.tell()
    for contents in tuple(directory.contents):
        contents.tell(None)
