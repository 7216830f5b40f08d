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
from com1d.errors import Com1Error
from com1d.loop.descriptors import Descriptors
from com1d.loop.listener import Accept, Listener, bind_tcp, bind_unix, own
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

Changed = Callable[[str], None]
"""Takes why nobody can come in at the moment; "" when all is well again."""

Make = Callable[[], socket.socket]
"""Makes a listening socket. Raises `OSError` or `Com1Error`."""


class Door:
    """One of them. It begins closed; `look` opens it."""

    __slots__ = (
        "_accept", "_changed", "_left", "_listener", "_make", "_poller", "_vault", "_waits", "name",
        "path", "trouble",
    )  # fmt: skip

    def __init__(
        self,
        path: Path | None,
        make: Make,
        poller: Poller,
        accept: Accept,
        changed: Changed,
        *,
        name: str,
        waits: Callable[[], bool],
        vault: Vault,
        left: Descriptors,
    ) -> None:
        """Listen with what `make` gives, which raises `OSError` or `Com1Error`.

        Nothing is made while `waits` says that another process still listens.
        """
        self.path = path
        """Of a Unix socket."""
        self.name = name
        """Its path, or its address and port."""
        self._waits = waits
        self._vault = vault
        self._left = left
        self.trouble = ""
        """Why nobody can come in at the moment."""
        self._make = make
        self._poller = poller
        self._accept = accept
        self._changed = changed
        self._listener: Listener | None = None

    @property
    def kept_as(self) -> str:
        """The name of its descriptor."""
        return _kept_as(self.name)

    @property
    def stands(self) -> bool:
        """Whether who comes is let in."""
        return self._listener is not None and self._listener.stands

    def look(self) -> None:
        """Make the socket, unless it is in its place."""
        if self._left.has(self.kept_as):  # of a process that was killed
            self.take_over(socket.socket(fileno=self._left.take(self.kept_as)))
        if self.stands or self._waits():
            return
        try:
            fresh = Listener(self._make(), self._poller, self._accept)
        except (Com1Error, OSError) as error:
            self._say(str(error))
            return
        if self._listener is not None:
            self._listener.retire()
        self._vault.put(self.kept_as, fresh.fd)
        self._listener = fresh
        self._say("")

    @property
    def listener(self) -> Listener | None:
        """The socket, if it is in its place."""
        return self._listener if self.stands else None

    def take_over(self, sock: socket.socket) -> None:
        """Listen with the socket of another process; who has come meanwhile waits in it."""
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._listener = Listener(sock, self._poller, self._accept)
        self._vault.put(self.kept_as, sock.fileno())

    def close(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._vault.drop(self.kept_as)
            self._listener.close()
            self._listener = None

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._changed(trouble)


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
        self._paths: dict[str, Door] = {}
        self._folders: dict[Path, Contents] = {}
        self._news = asyncio.Event()
        self.waits = False
        """Whether another process still listens: nothing is made until `go_on`."""

    def has_left(self, path: Path) -> bool:
        """Say whether a killed process has left its socket at `path`."""
        return self.left.has(_kept_as(str(path)))

    def pause(self) -> None:
        """Let whoever comes wait, until `go_on`."""
        for door in self._doors:
            if door.listener is not None:
                door.listener.pause()

    def go_on(self) -> None:
        """Let in who waits, and make what is missing."""
        self.waits = False
        for door in self._doors:
            if door.listener is not None:
                door.listener.go_on()
        self._news.set()

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all sockets that are in their places."""
        return {
            door.name: fds.give(door.listener.fd, door.kept_as)
            for door in self._doors
            if door.listener is not None
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

        def make() -> socket.socket:
            prepare()
            try:
                return bind_unix(path, self.group)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(path)) from error

        if path.parent not in self._folders:
            folder = self._watcher.contents(path.parent, self._teller(path.parent))
            self._folders[path.parent] = folder
        return self._open(path, make, accept, changed, str(path))

    def open_tcp(self, host: str, port: int, accept: Accept, changed: Changed) -> Door:
        """Keep a socket at a TCP address given by number."""

        def make() -> socket.socket:
            try:
                return bind_tcp(host, port)
            except OSError as error:
                raise OSError(error.errno, error.strerror, f"{host} port {port}") from error

        return self._open(None, make, accept, changed, f"{host} port {port}")

    def _still_waits(self) -> bool:
        return self.waits

    def shut(self, door: Door) -> None:
        """Keep this one no more."""
        self._doors.pop(door, None)
        if door.path is not None and self._paths.get(door.name) is door:
            del self._paths[door.name]
        door.close()

    def close(self) -> None:
        """Shut them all."""
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
        doors = tuple(self._doors) if everywhere else [d for d in self._doors if d.trouble]
        for number, door in enumerate(doors, 1):
            if door in self._doors:
                door.look()
            if number % SLICE == 0:
                await asyncio.sleep(0)

    def _open(
        self, path: Path | None, make: Make, accept: Accept, changed: Changed, name: str
    ) -> Door:
        door = Door(
            path, make, self._poller, accept, changed, name=name, waits=self._still_waits,
            vault=self._vault, left=self.left,
        )  # fmt: skip
        self._doors[door] = None
        if path is not None:
            self._paths[str(path)] = door
        door.look()
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


def _kept_as(name: str) -> str:
    return "door/" + name.replace(":", ";")  # names of descriptors have no colons
