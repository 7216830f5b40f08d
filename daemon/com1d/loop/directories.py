"""The directories that the kernel watches for us: each once, however many wait for names in it.

A path that does not exist is waited for in the nearest directory above it that does. Watches are
few, because many paths share their directories; one more than the kernel allows is an `OSError`,
and who wanted it looks by itself.
"""

import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypeAlias

from asyncinotify import Inotify, Mask, Watch


NEWS: Final = Mask.CREATE | Mask.MOVED_TO | Mask.MOVED_FROM | Mask.ATTRIB
"""A path has appeared, somebody may use it who could not before, or what had it has another now."""

GONE: Final = Mask.IGNORED | Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.UNMOUNT
"""The directory is no longer what its path names."""

DIRECTORY: Final = NEWS | Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.ONLYDIR | Mask.MASK_ADD
"""Events that a directory is watched for."""

FIFOS: Final = Mask.OPEN | Mask.DELETE
"""Events that are added where one of the paths is a FIFO: its VM opens it, or somebody has removed
what we made and have to make again. In /dev, openings would flood us."""

LOSS: Final = Mask.DELETE
"""A path has gone. For who looks at everything in a directory; no port is tried again for that."""

CLIMBS: Final = 3
"""How often the nearest directory is looked for, which may be made meanwhile. A link that leads
nowhere stands in the way each time."""


class Waiting(Protocol):
    """Who waits for a name."""

    def tell(self) -> None:
        """Take note that it has changed."""


class Looking(Protocol):
    """Who looks at all of a directory."""

    tell: Callable[[str | None], None]
    """Takes the name that has changed; None for all of them."""


_Identity: TypeAlias = tuple[int, int]
"""Device and inode: what a path names now, whatever else has had that path."""


@dataclass(slots=True, eq=False)
class Directory:
    """One that is watched, and for whom."""

    watch: Watch
    path: Path
    """The first by which it was asked for."""
    identity: _Identity | None = None
    names: dict[str, set[Waiting]] = field(default_factory=dict)
    openings: bool = False
    contents: set[Looking] = field(default_factory=set)

    @property
    def number(self) -> int:
        """The kernel's, which it does not give again."""
        return self.watch.wd


class Place(NamedTuple):
    """Where a path is waited for."""

    number: int
    """The directory's."""
    name: str
    """In that directory."""
    is_near: bool
    """Whether that is the path's own directory, and not one further up."""


class Directories:
    """All of them. Without an inotify instance none can be watched."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self.inotify: Inotify | None = None
        self._watched: dict[int, Directory] = {}
        self._known: dict[_Identity, Directory] = {}
        """Those of `_watched` that need not be looked up in the kernel."""

    def open(self) -> str:
        """Try to have an inotify instance; say why not."""
        try:
            self.inotify = Inotify()
        except OSError as error:
            return f"{error.strerror or error}: raise fs.inotify.max_user_instances"
        return ""

    def close(self) -> None:
        """Watch nothing any more."""
        self._watched.clear()
        self._known.clear()
        if self.inotify is not None:
            self.inotify.close()

    @property
    def all(self) -> tuple[Directory, ...]:
        """Those that are watched now."""
        return tuple(self._watched.values())

    def numbered(self, number: int | None) -> Directory | None:
        """Give the one with the kernel's number; None when it is not watched any more."""
        return None if number is None else self._watched.get(number)

    def find(self, path: Path) -> tuple[Directory, Place] | None:
        """Watch the nearest directory above `path`; give it, and where to wait in it.

        None where that cannot be watched.
        """
        for _ in range(CLIMBS):
            for folder in path.parents:
                near = folder == path.parent
                try:
                    directory = self.directory(folder, openings=near and path.is_fifo())
                except OSError as error:
                    if error.errno in (errno.ENOENT, errno.ENOTDIR):
                        continue
                    return None  # forbidden, or too many watches
                name = path.name if near else path.relative_to(folder).parts[0]
                if near or not os.path.lexists(folder / name):
                    return directory, Place(directory.number, name, near)
                self.end_if_idle(directory)
                break
        return None

    def directory(self, path: Path, *, openings: bool) -> Directory:
        """Give what is watched at `path`, and watch it if need be. Raises `OSError`.

        Asking the kernel for a watch that it has makes it go through all names of the directory:
        that would be the longest part of starting thousands of consoles.
        """
        identity = _identity(path)
        known = self._known.get(identity)
        if known is not None and (known.openings or not openings):
            return known
        directory = self.add(path, DIRECTORY | FIFOS if openings else DIRECTORY)
        directory.openings |= openings
        if identity == _identity(path):  # and not another directory that took its place meanwhile
            directory.identity = identity
            self._known[identity] = directory
        return directory

    def add(self, path: Path, mask: Mask) -> Directory:
        """Have the kernel watch the directory at `path`. Raises `OSError`."""
        if self.inotify is None:
            raise OSError(errno.EMFILE, "there is no inotify instance")
        watch = self.inotify.add_watch(path, mask)
        return self._watched.setdefault(watch.wd, Directory(watch, path))

    def is_stale(self, directory: Directory) -> bool:
        """Say whether its path leads elsewhere now, of which no event tells.

        Something was mounted there, or a directory further up was renamed.
        """
        try:
            return directory.identity not in (None, _identity(directory.path))
        except OSError:
            return True

    def end_if_idle(self, directory: Directory) -> None:
        """Watch it no more, if nobody waits there."""
        if not directory.names and not directory.contents:
            self.end(directory)

    def end(self, directory: Directory) -> None:
        """Watch it no more."""
        self._watched.pop(directory.number, None)
        if directory.identity is not None and self._known.get(directory.identity) is directory:
            del self._known[directory.identity]
        if self.inotify is not None:
            with contextlib.suppress(OSError):  # the kernel has ended it already
                self.inotify.rm_watch(directory.watch)


def _identity(path: Path) -> _Identity:
    status = path.stat()
    return status.st_dev, status.st_ino
