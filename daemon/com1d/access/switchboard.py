"""The host's and the consoles' switches, kept in `state_dir` so that they outlive a restart."""

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from com1d.core.access.switches import DamagedError, Off, Switches, decode
from com1d.errors import StateUnavailable


NAME: Final = "switches.json"

FILE_MODE: Final = 0o640
DIRECTORY_MODE: Final = 0o750

FILE_BYTES: Final = 16 << 20
"""Read at most: every console of a host switched off takes a megabyte. More is damaged JSON."""


class Switchboard:
    """The switches in force. Turned on the loop, written off it."""

    def __init__(self, state_dir: Path, now: Callable[[], str]) -> None:
        """Keep them in `state_dir`; `load` reads them."""
        self.state = Switches()
        self._path = state_dir / NAME
        self._now = now
        self._damaged = False
        self._writing = asyncio.Lock()

    async def load(self) -> str:
        """Read what was kept; say what is wrong with it, nothing where it is in order.

        What cannot be read may have switched off any console. So it switches off the host, until
        an owner who has looked at it switches it on again.
        """
        try:
            self.state = decode(await asyncio.to_thread(_read, self._path))
        except FileNotFoundError:  # nothing was ever switched off
            self.state = Switches()
        except (OSError, DamagedError) as error:
            self._damaged = True
            reason = error.strerror if isinstance(error, OSError) else str(error)
            why = f"{self._path} cannot be used: {reason}"
            self.state = Switches(host=Off("com1d", self._now(), why))
            return why
        return ""

    def turn_off(self, console: str | None, by: str) -> None:
        """Switch a console or, with None, the host off, at once. To be followed by `keep`."""
        self.state = self.state.turn(console, Off(by, self._now()))

    async def keep(self) -> None:
        """Write the switches as they are. Raises `StateUnavailable`."""
        async with self._writing:
            await self._write(self.state)

    async def turn_on(self, console: str | None) -> None:
        """Switch a console or the host on, once that is written. Raises `StateUnavailable`."""
        async with self._writing:
            await self._write(self.state.turn(console, None))
            self.state = self.state.turn(console, None)  # others were turned off meanwhile

    async def _write(self, state: Switches) -> None:
        try:
            await asyncio.to_thread(self._replace, state.encode())
        except OSError as error:
            raise StateUnavailable(f"{self._path} could not be written: {error.strerror}") from None
        self._damaged = False

    def _replace(self, data: bytes) -> None:
        """Put the new file in the place of the old one, whole or not at all."""
        self._path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        if self._damaged and self._path.exists():
            self._path.rename(self._path.with_name(f"{NAME}.damaged-{self._now()}"))
        fresh = self._path.with_name(f"{NAME}.new")
        fresh.unlink(missing_ok=True)  # of a daemon that was killed, or what somebody put there
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(fd)
            fresh.rename(self._path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        _sync_directory(self._path.parent)


def _read(path: Path) -> bytes:
    """Read what was kept. Raises `OSError`, also for what is no file: a FIFO would never end."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        with os.fdopen(fd, "rb", closefd=False) as file:
            return file.read(FILE_BYTES)
    finally:
        os.close(fd)


def _sync_directory(path: Path) -> None:
    """Make the rename outlive a power failure."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
