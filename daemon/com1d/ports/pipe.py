"""`pipe:P`: a pair of FIFOs, P.in and P.out, as QEMU's `-chardev pipe,path=P` opens them.

The best way to attach QEMU. It opens P.in, then P.out, both for reading and writing, so whatever
the guest prints stays in P.out while nobody reads, from its first byte; and its UART waits only
when the FIFO is full: 5.7 s of output at 115200 baud in the 64 KiB that the kernel gives by
default, 91 s in 1 MiB (measured with QEMU 7.2).

The directory is the daemon's and the VM's alone: another reader would steal bytes.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import select
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from com1d.core.carry import Packed
from com1d.errors import PortAbsent, PortDown
from com1d.loop.descriptors import Descriptors
from com1d.loop.safe_path import UnsafePathError, reach
from com1d.ports.base import GuestPort
from com1d.ports.places import (
    NODE_MODE,
    give,
    make_private_directory,
    making,
    regroup_directory,
)
from com1d.ports.readers import READERS
from com1d.ports.strays import STRAYS


PIPE_BULK: Final = 4096
"""A page: a FIFO read returns whole pages only when the guest floods."""


GATHER_SECONDS: Final = 0.1
"""Ports that look for removed FIFOs wait so long first: those that start together look once."""


class PipeLine:
    """Both FIFOs of a running VM, open in our directions only."""

    __slots__ = ("_closed", "bulk", "capacity", "read_fd", "write_fd")

    def __init__(self, read_fd: int, write_fd: int, capacity: int) -> None:
        self.read_fd = read_fd
        self.write_fd = write_fd
        self.bulk = PIPE_BULK
        self.capacity = capacity
        """Bytes that the guest can print before its UART waits for us: what the kernel granted."""
        self._closed = False

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give both FIFOs."""
        return {
            "read": fds.give(self.read_fd, f"{name}/out"),
            "write": fds.give(self.write_fd, f"{name}/in"),
        }

    def close(self) -> None:
        """Close both; what a VM that is gone has not read of P.in is discarded with it."""
        if not self._closed:
            self._closed = True
            os.close(self.read_fd)
            os.close(self.write_fd)


class PipePort(GuestPort):
    """The FIFOs of one VM; they are made when missing and never removed: a VM may hold them."""

    __slots__ = (
        "_directory",
        "_doubt",
        "_group",
        "_in",
        "_made",
        "_make",
        "_out",
        "_size",
        "watch",
    )

    def __init__(
        self, path: str, size: int, group: int | None = None, *, make: bool = True
    ) -> None:
        """Name the pair P, for VMs in `group`, and ask for `size` bytes of capacity towards us.

        Without `make`, both FIFOs are somebody else's to make and to remove.
        """
        self._make = make
        self._directory = Path(path).parent
        self._in = Path(f"{path}.in")
        self._out = Path(f"{path}.out")
        self._size = size
        self._group = os.getegid() if group is None else group
        self._doubt: float | None = time.monotonic()
        """Since when a VM may hold FIFOs that were removed; None: looked, and there is none."""
        self._made = False
        """Whether the FIFOs were missing, and no VM has been seen to hold those that we made."""
        self.watch = (self._out, self._in)

    async def open(self) -> PipeLine:
        """Open both FIFOs if a VM holds them, or those that had their names when it started."""
        if self._make:
            with making(self._in):
                self._make_missing()
        try:
            line = await self._open_alone()
        except PortDown as down:
            found = None
            if self._make and self._doubt is not None:
                found = await self._open_strays(self._doubt)
            if found is None:
                raise self._explained(down) from None
            line = found
        self._made = False
        return line

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing: whether a VM holds removed FIFOs is looked up again."""

    def take_over(self, _packed: Packed, line: Packed, fds: Descriptors) -> PipeLine | None:
        """Go on with both FIFOs."""
        if line is None:
            return None
        read_fd, write_fd = fds.take(line["read"]), fds.take(line["write"])
        return PipeLine(read_fd, write_fd, enlarge(read_fd, self._size))

    def regroup(self, group: int) -> None:
        """Have the directory for another group now, and the FIFOs from the next try on."""
        if self._make:
            regroup_directory(self._directory, self._group, group)
        self._group = group

    def close(self) -> None:
        """Leave the FIFOs: a running VM keeps them open and is found again through them."""

    def _make_missing(self) -> None:
        make_private_directory(self._directory, self._group)
        for path in (self._in, self._out):
            if _make(path, self._group):
                self._doubt = time.monotonic()
                self._made = True

    def _explained(self, down: PortDown) -> PortDown:
        """Add what else may be the matter, where we cannot see it."""
        if not (self._made and STRAYS.blind):
            return down
        return type(down)(
            f"{down}. It was missing and is made anew: a VM that ran before has to be started "
            "again, unless com1d may look into its process: com1d.service.d/look.conf"
        )

    async def _open_strays(self, since: float) -> PipeLine | None:
        """Open what a running VM holds instead of P.in and P.out, if there is such a VM."""
        await asyncio.sleep(GATHER_SECONDS)
        paths = (self._in, self._out)
        found = [await asyncio.to_thread(STRAYS.find, path, self._group, since) for path in paths]
        if not any(found):
            self._doubt = None
            return None
        self._doubt = float("inf")  # when that line is over, look again: its pid may be another's
        write, read = (
            stray.link if stray and stray.is_there() else path
            for stray, path in zip(found, paths, strict=True)
        )
        return self._open(write, read)

    async def _open_alone(self) -> PipeLine:
        """Open both FIFOs, unless another program reads what the guest prints."""
        line = self._open(self._in, self._out)
        try:
            await asyncio.to_thread(READERS.demand_none, self._out)
        except BaseException:
            line.close()
            raise
        return line

    def _open(self, ins: Path, outs: Path) -> PipeLine:
        """Open both FIFOs if a VM holds them.

        P.in first: it cannot be opened for writing before the VM has it, and a try that fails is no
        event. Opening P.out always is one, of those that `watch` waits for, so it is left alone
        until then.
        """
        write_fd = self._open_in(ins)
        try:
            read_fd = self._open_out(outs)
        except (PortDown, OSError):
            os.close(write_fd)
            raise
        return PipeLine(read_fd, write_fd, enlarge(read_fd, self._size))

    def _open_in(self, path: Path) -> int:
        try:
            with self._way(path) as way:
                return os.open(way, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno not in (errno.ENXIO, errno.ENOENT):
                raise
            raise _not_held(self._in) from None

    def _open_out(self, path: Path) -> int:
        """Open P.out, unless nobody writes to it: a VM that ends lets go of P.out before P.in."""
        with self._way(path) as way:
            fd = os.open(way, os.O_RDONLY | os.O_NONBLOCK)
        try:
            abandoned = _abandoned(fd)
        except OSError:
            os.close(fd)
            raise
        if abandoned:
            os.close(fd)
            # Opening it was an event of its watch, and so there is more to come than a try by news.
            raise PortDown(str(_not_held(self._out)))
        return fd

    @contextlib.contextmanager
    def _way(self, path: Path) -> Iterator[str]:
        """Give a path that leads to the FIFO at `path`, and to nothing else.

        Raises `PortDown` where it is no FIFO or, found and not configured, may be another's.
        """
        if path.is_relative_to("/proc"):  # a stray, which a VM holds open
            yield str(path)
            return
        if self._make:
            fd = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                yield _fifo(path, fd)
            finally:
                os.close(fd)
            return
        try:
            with reach(path) as fifo:
                yield _fifo(path, fifo.fd)
        except UnsafePathError as error:
            raise PortDown(str(error)) from None


def _fifo(path: Path, fd: int) -> str:
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        raise PortDown(f"{path} exists and is not a FIFO: remove it, or correct `port`")
    return f"/proc/self/fd/{fd}"


def _not_held(path: Path) -> PortAbsent:
    return PortAbsent(f"no VM holds {path} yet; com1d waits for one to open it")


def _abandoned(fd: int) -> bool:
    """Say whether the FIFO that is open for reading as `fd` is empty and has no writer.

    Poll tells of a hang-up only a reader that has seen a writer, so we are one for a moment.
    """
    with contextlib.suppress(PermissionError):  # then a VM that ends may be taken for one that runs
        os.close(os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK))
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return poll.poll(0) == [(fd, select.POLLHUP)]


def enlarge(fd: int, wanted: int) -> int:
    """Raise a FIFO's capacity to `wanted` bytes, or as near as allowed, and say what it is now.

    An unprivileged process is bounded by /proc/sys/fs/pipe-max-size, and by pipe-user-pages-soft
    for all FIFOs of the user that opened them first (see pipe(7)). Never shrinks.
    """
    granted = fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ)
    while wanted > granted:
        with contextlib.suppress(OSError):
            return fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, wanted)
        wanted //= 2
    return granted


def _make(path: Path, group: int) -> bool:
    """Make a FIFO, unless one is there already; say whether it was missing.

    One that is ours is given to the group again: libvirt, which lends it to the VM's own user,
    gives it back to root alone.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        os.mkfifo(path, NODE_MODE)
        give(path, group, NODE_MODE)
        return True
    if not stat.S_ISFIFO(status.st_mode):
        raise PortDown(f"{path} exists and is not a FIFO: remove it, or correct `port`")
    if status.st_uid == os.geteuid() and status.st_gid != group:
        give(path, group, NODE_MODE)
    return False
