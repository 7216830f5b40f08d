"""The user's side of `com1 connect`: descriptors that nothing can block, and a raw terminal.

A terminal can stop taking output for as long as its user likes, and even then Ctrl-] q has to
work. So writing never waits: what does not fit stays here, and who writes in bulk awaits
`drained`. Non-blocking is a property of the open file, which the user's shell shares, so the
terminal is opened a second time instead of being switched.
"""

import asyncio
import contextlib
import os
import stat
import termios
import tty
from collections.abc import Callable
from typing import Final, Self


READ_BYTES: Final = 4096
"""Bytes read from the user at once: a Linux terminal hands out no more."""

FAREWELL_PATIENCE: Final = 0.5
"""Seconds that the last words may take to reach a terminal that does not read."""


class Input:
    """Bytes from the user, when somebody asks for them: the rest waits in the kernel."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    async def read(self) -> bytes:
        """Wait for bytes and give them; empty at the end, and when the terminal hung up.

        Can be cancelled at any time without losing a byte.
        """
        while True:
            await self._readable()
            try:
                return os.read(self._fd, READ_BYTES)
            except BlockingIOError:  # somebody else's non-blocking descriptor, read by them
                continue
            except OSError:
                return b""

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        try:
            loop.add_reader(self._fd, ready.set)
        except PermissionError:  # epoll refuses regular files, which are always ready
            return
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._fd)


class Output:
    """Bytes for the user, in the order of `put`."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        """The descriptor that was given, for questions about the terminal."""
        self._fd, self._give_back = _nonblocking(fd)
        self._waiting = bytearray()
        self._drained = asyncio.Event()
        self._drained.set()
        self._error: OSError | None = None

    def put(self, data: bytes) -> None:
        """Write `data` as far as it goes now, and the rest when the far end reads on.

        Who puts more than a few lines awaits `drained` before the next time: that is what bounds
        the memory.
        """
        if self._error is not None:
            return
        self._waiting += data
        if self._drained.is_set():
            self._write()
            if self._waiting:
                self._drained.clear()
                asyncio.get_running_loop().add_writer(self._fd, self._write)

    async def drained(self) -> None:
        """Wait until everything is written. Raises `OSError` when the far end is gone."""
        await self._drained.wait()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        try:
            while self._waiting:
                del self._waiting[: os.write(self._fd, self._waiting)]
        except BlockingIOError:
            return
        except OSError as error:
            self._error = error
            self._waiting.clear()
        if not self._drained.is_set():
            asyncio.get_running_loop().remove_writer(self._fd)
            self._drained.set()

    async def close(self) -> None:
        """Write what still can be written within `FAREWELL_PATIENCE`, and put the file back."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL_PATIENCE):
                await self.drained()
        if not self._drained.is_set():
            asyncio.get_running_loop().remove_writer(self._fd)
        self._give_back()


def _nonblocking(fd: int) -> tuple[int, Callable[[], None]]:
    """Give a descriptor for `fd`'s file that does not block, and what to call in the end."""
    if stat.S_ISREG(os.fstat(fd).st_mode):  # never blocks; opened anew it would start at 0
        own = os.dup(fd)
        return own, lambda: os.close(own)
    try:
        own = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:  # a socket, or a terminal that belongs to somebody else since su
        blocking = os.get_blocking(fd)
        os.set_blocking(fd, False)
        return fd, lambda: os.set_blocking(fd, blocking)
    return own, lambda: os.close(own)


class RawTerminal:
    """A context in which the terminal hands every byte over as it is."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __enter__(self) -> Self:
        self._saved = termios.tcgetattr(self._fd)
        # TCSANOW: the other two wait for output to drain, on a stuck terminal for ever.
        tty.setraw(self._fd, termios.TCSANOW)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(termios.error):  # hung up: nobody is left to restore it for
            # Late answers of the terminal would be typed at the user's shell.
            termios.tcflush(self._fd, termios.TCIFLUSH)
            termios.tcsetattr(self._fd, termios.TCSANOW, self._saved)
