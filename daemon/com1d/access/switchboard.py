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
"""Bytes of the file that are read: all consoles of a host switched off take a megabyte. A larger
file is damaged."""


class Switchboard:
    """The switches in force. Turned on the loop, written off it."""

    def __init__(self, state_dir: Path, now: Callable[[], str]) -> None:
        """Keep them in `state_dir`; `load` reads them."""
        self.state = Switches()
        self._path = state_dir / NAME
        self._now = now
        self._damaged = False
        self._writing = asyncio.Lock()

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return "a switch is being written" if self._writing.locked() else ""

    async def load(self) -> str:
        """Read the file; give what is wrong with it, or an empty text.

        A file that cannot be read may have switched off any console. So the whole host is off then,
        until an owner has looked at it and switches the host on again.
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
        """Switch a console or, with None, the host off at once. Call `keep` afterwards."""
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
        """Replace the file by a new one, in one step (rename)."""
        self._path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        if self._damaged and self._path.exists():
            self._path.rename(self._path.with_name(f"{NAME}.damaged-{self._now()}"))
        fresh = self._path.with_name(f"{NAME}.new")
        fresh.unlink(missing_ok=True)  # left by a daemon that was killed, or put there
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
    """Read the file.

    Raises `OSError`, also where the path is no regular file: a FIFO would never end.
    """
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
