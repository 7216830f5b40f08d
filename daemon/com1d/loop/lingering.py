"""Sockets of clients that were sent away: read until the other end closes, so that it is not hurt.

RFC 6455 section 7.1.1 wishes it: a client that is still sending when it is told to go would get an
error for that, and might never read why.
"""

import asyncio
import contextlib
import os
import socket
from typing import Final

from com1d.core.carry import Packed
from com1d.loop.descriptors import Descriptors
from com1d.loop.poller import IN, Poller
from com1d.loop.vault import hang_up


LINGER_SECONDS: Final = 10.0
"""How long a client may take to close its side: it has to read the rest of a slow stream first."""

LINGER_MOST: Final = 256
"""Sockets that wait for that at once. With one more the oldest is closed, so that clients who come
only to be sent away cost nothing."""

READ_BYTES: Final = 65536

LAST_READS: Final = 16
"""Reads that empty a socket before it is closed: more than it holds."""


class Lingering:
    """Sockets whose last words are sent."""

    def __init__(self, poller: Poller) -> None:
        """Begin with none."""
        self._poller = poller
        self._ends: dict[int, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        """Count the sockets."""
        return len(self._ends)

    def keep(self, fd: int, *, left: bool = False) -> None:
        """Own `fd`, which nobody polls: send no more, and drop what comes until it is closed.

        What a killed process has `left` is bounded by the clients that it had.
        """
        if not _ends_writing(fd):
            os.close(fd)
            return
        if not left and len(self._ends) >= LINGER_MOST:
            self._close(next(iter(self._ends)))
        loop = asyncio.get_running_loop()
        self._ends[fd] = loop.call_later(LINGER_SECONDS, self._close, fd)
        self._poller.add(fd, IN, lambda _events: self._drop(fd))

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give the sockets; each gets its whole time again."""
        return [fds.give(fd, f"lingering/{fd}") for fd in self._ends]

    def take_over(self, packed: Packed, fds: Descriptors) -> None:
        """Go on with the sockets of another process."""
        for name in packed:
            self.keep(fds.take(name))

    def close(self) -> None:
        """Close them all."""
        for fd in tuple(self._ends):
            self._close(fd)

    def _drop(self, fd: int) -> None:
        try:
            if os.read(fd, READ_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(fd)

    def _close(self, fd: int) -> None:
        self._ends.pop(fd).cancel()
        self._poller.remove(fd)
        hang_up(fd)


def close_emptied(fd: int) -> None:
    """Close a socket so that its client sees the last words: unread input would make it a reset."""
    with contextlib.suppress(OSError):
        for _ in range(LAST_READS):
            if not os.read(fd, READ_BYTES):
                break
    hang_up(fd)


def _ends_writing(fd: int) -> bool:
    """Tell the other end that nothing follows; false where it is gone."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as sock:
        sock.shutdown(socket.SHUT_WR)
        return True
    return False
