"""The far ends that tests hold, and waiting for what comes out of ours."""

import asyncio
import contextlib
import fcntl
import os
import queue
import resource
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from terminal import open_terminal


PATIENCE = 30
"""Seconds before a test that waits for an event gives up; a busy machine is slow."""


async def read(fd: int, size: int = 65536) -> bytes:
    """Read once when `fd` is ready, as the engine does."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(fd, ready.set)
    try:
        async with asyncio.timeout(PATIENCE):
            await ready.wait()
    finally:
        loop.remove_reader(fd)
    return os.read(fd, size)


async def writable(fd: int) -> None:
    """Wait until `fd` takes bytes."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(fd, ready.set)
    try:
        async with asyncio.timeout(PATIENCE):
            await ready.wait()
    finally:
        loop.remove_writer(fd)


def events(fd: int) -> int:
    """Say what poll() finds at `fd` now."""
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLOUT)
    return dict(poll.poll(0)).get(fd, 0)


def fill(fd: int) -> int:
    """Write until `fd` takes no more; give the number of bytes."""
    count = 0
    while True:
        try:
            count += os.write(fd, bytes(4096))
        except BlockingIOError:
            return count


def well_kept(fd: int) -> bool:
    """Say whether `fd` blocks nobody and is not inherited."""
    return not os.get_blocking(fd) and bool(fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC)


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Let this process open `count` more descriptors, and then meet EMFILE."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    probes = [os.open("/dev/null", os.O_RDONLY) for _ in range(count + 1)]
    for fd in probes:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probes[-1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class PipeGuest:
    """A VM at a pair of FIFOs, opened as QEMU does: P.in, then P.out, both for both directions."""

    def __init__(self, path: Path) -> None:
        self.reads = os.open(f"{path}.in", os.O_RDWR | os.O_NONBLOCK)
        self.writes = os.open(f"{path}.out", os.O_RDWR | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        os.close(self.writes)
        os.close(self.reads)


class Listening:
    """A VM that listens at a Unix socket and accepts whoever comes, as QEMU's main loop does."""

    def __init__(self, server: socket.socket) -> None:
        """Accept at `server`, which listens, until it is closed."""
        self._server = server
        self._accepted: queue.Queue[socket.socket] = queue.Queue()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                self._accepted.put(self._server.accept()[0])

    def accept(self) -> socket.socket:
        """Give the next connection, accepted already or soon."""
        return self._accepted.get(timeout=PATIENCE)

    def close(self) -> None:
        """Stop, and hang up on those that nobody asked for."""
        self._server.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._thread.join()
        while not self._accepted.empty():
            self._accepted.get().close()


@contextmanager
def listening_at(path: Path) -> Iterator[Listening]:
    """Be a VM that listens at `path`; the file stays, as after a SIGKILL."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        vm = Listening(server)
        try:
            yield vm
        finally:
            vm.close()


@contextmanager
def pty_at(link: Path) -> Iterator[int]:
    """Give the master of a new pty whose slave is at `link`, as if just plugged in."""
    master, slave = open_terminal()
    os.set_blocking(master, False)
    link.symlink_to(os.ttyname(slave))
    os.close(slave)
    try:
        yield master
    finally:
        link.unlink()
        os.close(master)
