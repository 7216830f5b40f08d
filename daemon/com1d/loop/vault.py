"""Descriptors that the service manager keeps while we live, so that they outlive a kill -9.

Each is put in as it comes and dropped as it goes, sd_pid_notify_with_fds(3), by a short label
(`loop.labels`). What is in the vault stays open in the manager until it is dropped: a socket's
other end hears its end only then, unless it is shut down.
"""

import array
import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from com1d.loop.descriptors import Descriptors
from com1d.loop.labels import TABLE, Labels


AGAIN_SECONDS: Final = 0.01
"""When to go on after the manager's queue was full: it has 512 messages, read one by one."""

TURN: Final = 64
"""Messages in one turn of the loop: 0.5 ms."""

SPARE: Final = 64
"""Of the room, what is not used: a restart adds requests, event streams and the state."""


class Vault:
    """What is kept by name. What waits to be sent is bounded by the names there are."""

    def __init__(
        self, address: str = "", told: Callable[[str], None] = lambda _trouble: None
    ) -> None:
        """Speak to the manager at `address`; without one nothing is kept.

        `told` gets why not all can be kept, or nothing when it can again.
        """
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._told = told
        self.labels = Labels()
        self._kept: set[str] = set()
        self._inherited: set[str] = set()
        """Names that another process had, and that nobody has put in here yet."""
        self._waiting: dict[str, int | None] = {}
        self._room = -1
        self._full = False
        self._timer: asyncio.Handle | None = None
        self._sock: socket.socket | None = None

    @property
    def serves(self) -> bool:
        """Whether there is a manager."""
        return bool(self._address)

    @property
    def kept(self) -> list[str]:
        """The names that the manager knows."""
        return sorted(self._kept | self._inherited)

    @property
    def certain(self) -> set[str]:
        """Those by which it has what we have."""
        return self._kept - self._waiting.keys()

    def open(self, room: int) -> None:
        """Begin to send; the manager keeps `room` descriptors."""
        self._room = room
        self._flush_soon()

    def receive(self, fds: Descriptors) -> Descriptors:
        """Give what the manager had of an earlier process by name, and take note of it."""
        if fds.has(TABLE):
            table = fds.take(TABLE)
            names = self.labels.adopt(table, fds.all())
            fds = Descriptors({names[label]: fd for label, fd in fds.all().items()})
        return fds

    def labelled(self, fds: Mapping[str, int]) -> dict[str, int]:
        """Give by label what somebody else is to store now, and the table where it is not there."""
        table = {TABLE: self.labels.begin()} if self.labels.fd < 0 else {}
        return table | {self.labels.give(name): fd for name, fd in fds.items()}

    def hand_over(self, fds: Descriptors) -> list[str]:
        """Give the names that the manager knows, and the table of their labels."""
        if self.labels.fd >= 0:
            fds.give(self.labels.fd, TABLE)
        return self.kept

    def take_over(self, names: list[str], fds: Descriptors) -> None:
        """Take note of what another process has put in."""
        if fds.has(TABLE):
            self.labels.adopt_names(fds.take(TABLE), names)
        self.inherit(names)

    def inherit(self, names: Iterable[str]) -> None:
        """Take note of what an earlier process of ours has put in, before anything is put in."""
        self._inherited |= set(names)

    def settle(self, prefix: str = "") -> None:
        """Drop what was inherited, of names that begin so, and has not been put in by now.

        That is done first: it may be what was put in meanwhile, by another name.
        """
        gone = [one for one in self._inherited if one.startswith(prefix)]
        self._inherited.difference_update(gone)
        self._kept.update(gone)
        self._waiting = dict.fromkeys(gone) | self._waiting
        self._flush_soon()

    def put(self, name: str, fd: int) -> None:
        """Keep a descriptor, which stays the caller's. `drop` it before or when it is closed."""
        if name in self._inherited:  # by the same name, it is the same one
            self._inherited.discard(name)
            self._kept.add(name)
        elif self._address:
            self._send_later(name, fd)

    def drop(self, name: str) -> None:
        """Keep a descriptor no more."""
        if name in self._inherited:
            self._inherited.discard(name)
            self._kept.add(name)
        if name in self._kept:
            self._send_later(name, None)
        else:
            self._waiting.pop(name, None)

    def drop_all(self, prefix: str) -> None:
        """Keep none whose name begins so."""
        for name in [one for one in (*self._kept, *self._waiting) if one.startswith(prefix)]:
            self.drop(name)

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._sock is not None:
            self._sock.close()
        self.labels.close()
        self._address, self._sock, self._timer = "", None, None

    def _send_later(self, name: str, fd: int | None) -> None:
        self._waiting.pop(name, None)
        self._waiting[name] = fd
        self._flush_soon()

    def _flush_soon(self) -> None:
        if self._timer is None and self._room >= 0 and self._waiting:
            self._timer = asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        for _ in range(TURN):
            if not self._waiting:
                return
            name, fd = next(iter(self._waiting.items()))
            try:
                self._send(name, fd)
            except OSError:  # its queue is full, or there is nobody: then it starts nothing again
                self._timer = loop.call_later(AGAIN_SECONDS, self._flush)
                return
            self._waiting.pop(name, None)
        self._flush_soon()

    def _send(self, name: str, fd: int | None) -> None:
        if name in self._kept:
            self._say(f"FDSTOREREMOVE=1\nFDNAME={self.labels.of(name)}")
            self._kept.discard(name)
            self.labels.forget(name)
        if fd is None:
            return
        if len(self._kept) >= self._room - SPARE:
            self._tell_full(full=True)
            return
        # FDPOLL=0: a pty or socket whose other end is silent counts as broken else.
        if self.labels.fd < 0:
            self._store_table()
        self._say(f"FDSTORE=1\nFDNAME={self.labels.give(name)}\nFDPOLL=0", fd)
        self._kept.add(name)
        self._tell_full(full=False)

    def _store_table(self) -> None:
        try:
            self._say(f"FDSTORE=1\nFDNAME={TABLE}\nFDPOLL=0", self.labels.begin())
        except OSError:
            self.labels.close()
            raise

    def _tell_full(self, *, full: bool) -> None:
        if full != self._full:
            self._full = full
            more = "what comes now would not outlive a crash"
            self._told(f"FileDescriptorStoreMax= is {self._room}: {more}" if full else "")

    def _say(self, message: str, *fds: int) -> None:
        if self._sock is None:
            self._sock = _connected(self._address)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self._sock.sendmsg([message.encode()], rights)


def hang_up(fd: int) -> None:
    """Close a socket that may be in the vault, so that its other end hears of it at once."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as sock:
        sock.shutdown(socket.SHUT_RDWR)
    os.close(fd)


def _connected(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock
