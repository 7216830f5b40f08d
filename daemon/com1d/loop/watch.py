"""Told when a path appears, is opened or is renamed: one inotify for every port of the daemon.

A path whose directory does not exist is waited for further up (`directories`). What cannot be
watched is tried again at every `Changes.renew`.
"""

import asyncio
import os
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, Self

from asyncinotify import Event, Mask

from com1d.loop.directories import DIRECTORY, GONE, LOSS, Directories, Directory, Place


RETRY_SECONDS: Final = 5.0
"""How often an inotify instance is asked for that was not to be had: the ports that wait for news
try by themselves meanwhile."""

VERIFY_SECONDS: Final = 30.0
"""How often each directory's path is looked at: nothing tells of a directory further up that is
renamed, or of one that is mounted over. A look takes 3 us, and many ports share it."""

SLICE: Final = 16
"""Who is told before the loop goes on: each may try its port, which takes up to 0.3 ms, and a
directory that appears can be news to a thousand."""


class Changes:
    """Changes of the paths of one port, watched inside `with`."""

    __slots__ = ("_awake", "_news", "_places", "_watcher", "paths")

    def __init__(self, watcher: "Watcher", paths: tuple[Path, ...]) -> None:
        self.paths = paths
        self._watcher = watcher
        self._places: dict[Path, Place] = {}
        self._news = False
        self._awake: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        self.renew()
        return self

    def __exit__(self, *_exc: object) -> None:
        for place in self._places.values():
            self._watcher.withdraw(self, place)

    def renew(self) -> None:
        """Forget earlier changes, and watch directories that could not be watched before.

        To be called before looking at the paths, so that nothing falls in between.
        """
        self._news = False
        for path in self.paths:
            place = self._watcher.follow(self, path, self._places.pop(path, None))
            if place is not None:
                self._places[path] = place

    @property
    def certain(self) -> bool:
        """Whether `wait` is sure to return when what is missing appears, and a FIFO is opened.

        Nobody has to look in between then.
        """
        return bool(self.paths) and all(
            self._watcher.is_certain(path, self._places.get(path)) for path in self.paths
        )

    @property
    def near(self) -> bool:
        """Whether it is sure to be told when any of the paths comes to name something else."""
        return all(
            (place := self._places.get(path)) is not None
            and place.is_near
            and not path.is_symlink()
            for path in self.paths
        )

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

    def told(self, _ended: object) -> None:
        """Note a change: a future's callback."""
        self.tell()

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

    def renew(self) -> bool:
        """Watch the directory that has this path now; say whether it was not watched before.

        Raises `OSError` where that fails.
        """
        before = self._place
        self._place = self._watcher.open(self, before)
        return self._place != before

    def close(self) -> None:
        """Stop watching."""
        if self._place is not None:
            self._watcher.shut(self, self._place)
            self._place = None


class Watcher:
    """The daemon's inotify. `run` has to run while anybody waits.

    Without one nobody is told anything, and whoever waits tries at the end of its pause.
    """

    def __init__(self, troubled: Callable[[str], None] = lambda _: None) -> None:
        """Open it, if it is to be had; `run` tells `troubled` why not, and "" when it is."""
        self._troubled = troubled
        self._directories = Directories()
        self._trouble = self._directories.open()

    async def run(self) -> None:
        """Tell whoever waits, until cancelled."""
        if self._trouble:
            self._troubled(self._trouble)
        while (inotify := self._directories.inotify) is None:
            await asyncio.sleep(RETRY_SECONDS)
            if not self._directories.open():
                self._troubled("")
        count = 0
        async with asyncio.TaskGroup() as group:
            group.create_task(self._verify())
            async for event in inotify:
                # A thousand consoles that start make as many events at once.
                for tell in (_nobody, *self._told(event)):
                    tell()
                    count += 1
                    if count % SLICE == 0:
                        await asyncio.sleep(0)

    def close(self) -> None:
        """Close the inotify. To be called when `run` has ended."""
        self._directories.close()

    async def _verify(self) -> None:
        """Find directories whose paths lead elsewhere, of which the kernel does not tell."""
        count = 0
        while True:
            await asyncio.sleep(VERIFY_SECONDS)
            for directory in self._directories.all:
                tells: tuple[Callable[[], None], ...] = ()
                if self._directories.is_stale(directory):
                    self._directories.end(directory)
                    tells = tuple(_all(directory))
                for tell in (_nobody, *tells):
                    tell()
                    count += 1
                    if count % SLICE == 0:
                        await asyncio.sleep(0)

    def watch(self, paths: tuple[Path, ...]) -> Changes:
        """Give the changes of `paths`, which need not exist, nor their directories."""
        return Changes(self, paths)

    def contents(self, path: Path, tell: Callable[[str | None], None]) -> Contents:
        """Give the contents of the directory at `path`, as they change."""
        return Contents(self, path, tell)

    def open(self, contents: Contents, place: int | None) -> int:
        """Watch a directory for `contents`, unless `place` says that this is so. For `Contents`."""
        known = self._directories.numbered(place)
        if known is not None and contents in known.contents:
            return known.number
        directory = self._directories.add(contents.path, DIRECTORY | LOSS)
        directory.contents.add(contents)
        return directory.number

    def shut(self, contents: Contents, place: int) -> None:
        """Undo `open`."""
        directory = self._directories.numbered(place)
        if directory is not None:
            directory.contents.discard(contents)
            self._directories.end_if_idle(directory)

    def follow(self, changes: Changes, path: Path, had: Place | None) -> Place | None:
        """Wait for `path` on behalf of `changes`, as near to it as there is a directory.

        `had` is what this gave before. None where it cannot be watched. For `Changes`.
        """
        known = self._directories.numbered(had.number) if had is not None and had.is_near else None
        if known is not None and (known.openings or not path.is_fifo()):
            return had
        found = self._directories.find(path)
        if found is None:
            if had is not None:
                self.withdraw(changes, had)
            return None
        directory, place = found
        directory.names.setdefault(place.name, set()).add(changes)
        if had is not None and had[:2] != place[:2]:
            self.withdraw(changes, had)
        return place

    def is_certain(self, path: Path, place: Place | None) -> bool:
        """Whether the change that brings `path` back is sure to be told. For `Changes`."""
        directory = self._directories.numbered(place.number) if place is not None else None
        if directory is None or place is None:
            return False
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return stat.S_ISFIFO(mode) and place.is_near and directory.openings

    def withdraw(self, changes: Changes, place: Place) -> None:
        """Undo `follow`; the last user of a directory ends the kernel's watch."""
        directory = self._directories.numbered(place.number)
        if directory is None:
            return
        waiting = directory.names.get(place.name, set())
        waiting.discard(changes)
        if not waiting:
            directory.names.pop(place.name, None)
        self._directories.end_if_idle(directory)

    def _told(self, event: Event) -> Iterator[Callable[[], None]]:
        """Give who is to be told of an event."""
        if Mask.Q_OVERFLOW in event.mask:  # the queue overflowed: every watcher has to look
            for every in self._directories.all:
                yield from _all(every)
            return
        directory = self._directories.numbered(event.watch.wd if event.watch is not None else None)
        if directory is None:
            return
        if event.mask & GONE:
            self._directories.end(directory)
            yield from _all(directory)
        elif event.name is not None:
            name = os.fspath(event.name)
            if directory.openings or not event.mask & LOSS:
                yield from [changes.tell for changes in directory.names.get(name, ())]
            yield from [partial(contents.tell, name) for contents in directory.contents]


def _all(directory: Directory) -> Iterator[Callable[[], None]]:
    """Give all who wait in a directory."""
    for waiting in directory.names.values():
        yield from [changes.tell for changes in waiting]
    yield from [partial(contents.tell, None) for contents in directory.contents]


def _nobody() -> None:
    """Count an event of which nobody is told."""
