"""A line that is open and that nobody reads, since its VM is another console's."""

import asyncio
import errno
import fcntl
import struct
import termios
from collections.abc import Callable
from typing import Final

from com1d.ports.base import Line


KEPT_SECONDS: Final = 1.0
"""How long a line is kept for the console that begins in the place of another. That takes some 10
ms where the disk is not slow, and a guest on a socket may have to wait for it."""


class KeptLine:
    """An open line, until somebody takes it or its time is over."""

    __slots__ = ("_line", "_timer", "dropped")

    def __init__(self, line: Line, dropped: Callable[[int], None]) -> None:
        """Keep `line`. Where nobody takes it, `dropped` gets how many bytes were unread in it."""
        self.dropped = dropped
        self._line: Line | None = line
        self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self.drop)

    @property
    def is_there(self) -> bool:
        """Whether the line can still be taken."""
        return self._line is not None

    def take(self) -> Line | None:
        """Give the line; None if it was dropped."""
        self._timer.cancel()
        line, self._line = self._line, None
        return line

    def drop(self) -> None:
        """Close the line, if it is still there, and tell what is lost."""
        line = self.take()
        if line is not None:
            unread = _unread(line.read_fd)
            line.close()
            if unread:
                self.dropped(unread)


def _unread(fd: int) -> int:
    """Count what has arrived and was not read: FIONREAD, of pipes, sockets and terminals alike."""
    try:
        answer = fcntl.ioctl(fd, termios.FIONREAD, bytes(4))
    except OSError as error:
        if error.errno in {errno.EIO, errno.ENODEV}:  # an adapter that was pulled out
            return 0
        raise
    return int(struct.unpack("i", answer)[0])
