"""The sockets that the daemon listens at, each kept in its place.

A path can be removed while somebody listens on it: a cleaner of temporary files does that, and who
comes afterwards finds nobody. And it can be that a socket cannot be made: no inode is free, another
process has the path or the port. So each is looked after: made again when it is gone, tried again
until it can be made, and meanwhile in `trouble`, which keeps nothing else from being served.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from com1d.core.carry import Packed
from com1d.loop.descriptors import Descriptors
from com1d.loop.door import Changed, Door, Make, kept_as
from com1d.loop.given import Given
from com1d.loop.listener import Accept, bind_tcp, bind_unix, own
from com1d.loop.poller import Poller
from com1d.loop.vault import Vault
from com1d.loop.watch import Contents, Watcher


LOOK_SECONDS: Final = 2.0
"""How often doors are tried that could not be made, and all looked at where inotify cannot tell of
what is removed: it never tells of an inode or a port that has become free."""

LOOKS: Final = 30
"""Of so many looks one is at all doors, whatever inotify tells: 8,000 take 0.03 % of a core then,
and would take 2 % at each."""

SLICE: Final = 50
"""Doors looked at before the loop goes on: a fraction of a millisecond."""


class Doors:
    """All of them. `run` has to run."""

    def __init__(self, poller: Poller, watcher: Watcher, vault: Vault) -> None:
        """Begin without doors."""
        self.left = Descriptors()
        """Sockets of a process that was killed, among others: its doors are gone on with."""
        self._vault = vault
        self.group: int | None = None
        """Who may connect to the Unix sockets; None is our own group."""
        self._poller = poller
        self._watcher = watcher
        self._doors: dict[Door, None] = {}
        self._troubled: dict[Door, None] = {}
        """Those of `_doors` that could not be made: not to be found by a look at thousands."""
        self._paths: dict[str, Door] = {}
        self._folders: dict[Path, Contents] = {}
        self._news = asyncio.Event()
        self.waits = False
        """Whether another process still listens: nothing is made until `go_on`."""
        self.given = Given()
        """What the service manager has made for us."""

    def has_left(self, path: Path) -> bool:
        """Say whether a killed process has left its socket at `path`."""
        return self.left.has(kept_as(str(path)))

    def pause(self) -> None:
        """Let whoever comes wait, until `go_on`."""
        for door in self._doors:
            door.pause()

    def go_on(self) -> None:
        """Let in who waits, and make what is missing."""
        self.waits = False
        for door in self._doors:
            door.go_on()
        self._news.set()

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all sockets that are in their places."""
        standing = ((door, door.listener) for door in self._doors)
        return {
            door.name: fds.give(listener.fd, door.kept_as)
            for door, listener in standing
            if listener is not None
        }

    def take_over(self, packed: Packed, fds: Descriptors) -> None:
        """Listen with the sockets of another process where a door has the same name."""
        for door in self._doors:
            if door.name in packed:
                door.take_over(socket.socket(fileno=fds.take(packed[door.name])))

    def open_unix(
        self, path: Path, prepare: Callable[[], None], accept: Accept, changed: Changed
    ) -> Door:
        """Keep a socket at `path`; `prepare` makes its directory where that is missing."""
        if path.parent not in self._folders:
            folder = self._watcher.contents(path.parent, self._teller(path.parent))
            self._folders[path.parent] = folder
        return self._open(_UnixPlace(self, str(path), prepare), accept, changed, str(path))

    def open_tcp(self, host: str, port: int, accept: Accept, changed: Changed) -> Door:
        """Keep a socket at a TCP address given by number."""

        def make() -> socket.socket:
            try:
                return bind_tcp(host, port)
            except OSError as error:
                raise OSError(error.errno, error.strerror, f"{host} port {port}") from error

        return self._open(make, accept, changed, f"{host} port {port}")

    def _still_waits(self) -> bool:
        return self.waits

    def shut(self, door: Door) -> None:
        """Keep this one no more."""
        self._doors.pop(door, None)
        self._troubled.pop(door, None)
        if self._paths.get(door.name) is door:
            del self._paths[door.name]
        door.close()

    def close(self) -> None:
        """Shut them all."""
        self.given.close()
        for folder in self._folders.values():
            folder.close()
        for door in tuple(self._doors):
            self.shut(door)

    async def regroup(self, group: int | None) -> None:
        """Let another group in from now on."""
        self.group = group
        for number, (path, door) in enumerate(tuple(self._paths.items()), 1):
            if door.stands:
                with contextlib.suppress(OSError):  # it has just gone, and will be made again
                    own(Path(path), group)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    async def run(self) -> None:
        """Look after them, until cancelled."""
        looks = 0
        while True:
            told = self._watch()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()
            looks += 1
            everywhere = self._news.is_set() or not told or looks % LOOKS == 0
            self._news.clear()
            await self._look(everywhere=everywhere)

    async def _look(self, *, everywhere: bool) -> None:
        """Look at all doors, or at those that are in trouble."""
        for number, door in enumerate(tuple(self._doors if everywhere else self._troubled), 1):
            if door in self._doors:
                self._look_at(door)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    def _look_at(self, door: Door) -> None:
        door.look()
        if door.trouble:
            self._troubled[door] = None
        else:
            self._troubled.pop(door, None)

    def _open(self, make: Make, accept: Accept, changed: Changed, name: str) -> Door:
        door = Door(
            make, self._poller, accept, changed, name=name, waits=self._still_waits,
            vault=self._vault, left=self.left,
        )  # fmt: skip
        self._doors[door] = None
        if isinstance(make, _UnixPlace):
            self._paths[name] = door
            door.lent = name == self.given.path
            if self.given.is_for(name) and not self.waits:
                door.take_given(self.given.take(), self.group)
        self._look_at(door)
        return door

    def _watch(self) -> bool:
        """Watch all folders; say whether that is so."""
        told = True
        for folder in self._folders.values():
            try:
                if folder.renew():  # what has gone by now was not told
                    self._news.set()
            except OSError:  # missing, or no watch is free: looked at anyway
                told = False
        return told

    def _teller(self, folder: Path) -> Callable[[str | None], None]:
        def tell(name: str | None) -> None:
            door = None if name is None else self._paths.get(f"{folder}/{name}")
            if name is None or (door is not None and not door.stands):
                self._news.set()

        return tell


class _UnixPlace:
    """Makes a Unix socket in its place: an object, since a closure is several times as large."""

    __slots__ = ("_doors", "_path", "_prepare")

    def __init__(self, doors: Doors, path: str, prepare: Callable[[], None]) -> None:
        self._doors = doors
        self._path = path
        self._prepare = prepare

    def __call__(self) -> socket.socket:
        """Make its directory where that is missing, and the socket. Raises `OSError`."""
        self._prepare()
        try:
            return bind_unix(Path(self._path), self._doors.group)
        except OSError as error:
            raise OSError(error.errno, error.strerror, self._path) from error
