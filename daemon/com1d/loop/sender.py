"""The sender: writes to a descriptor what it takes now, and the rest when it has room."""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from com1d.loop.poller import OUT, Poller


CLOSED: Final = -1


class Sender:
    """Bytes on their way to one descriptor."""

    __slots__ = ("_bound", "_broken", "_fd", "_listens", "_moved", "_poller", "_waiting")

    def __init__(self, fd: int, poller: Poller, bound: int, broken: Callable[[], None]) -> None:
        """Send to `fd`, which is polled already; `broken` is called when the other end is closed.

        With more than `bound` bytes waiting, `too_much` is true; the owner decides what follows.
        """
        self._fd = fd
        self._poller = poller
        self._bound = bound
        self._broken = broken
        self._listens = 0
        self._waiting = bytearray()
        self._moved: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        """Count the bytes that wait."""
        return len(self._waiting)

    @property
    def too_much(self) -> bool:
        """Whether more bytes than the bound wait."""
        return len(self._waiting) > self._bound

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, perhaps as a consequence of `broken`."""
        return self._fd == CLOSED

    def listen(self, events: int) -> None:
        """Poll the descriptor for `events`, besides its readiness to be sent to."""
        self._listens = events
        self._poll()

    @property
    def waiting(self) -> bytes:
        """The bytes that wait."""
        return bytes(self._waiting)

    def queue(self, data: bytes) -> None:
        """Queue `data`, to be sent when the descriptor is ready."""
        self._waiting += data
        self._poll()

    def put(self, data: bytes) -> None:
        """Send `data`, or queue it behind the bytes that wait."""
        self._waiting += data
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the descriptor takes it. To be called when it is ready."""
        if self._fd == CLOSED:
            return
        try:
            count = os.write(self._fd, self._waiting) if self._waiting else 0
        except BlockingIOError:
            count = 0
        except OSError:
            self._broken()
            return
        del self._waiting[:count]
        self._poll()
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)

    async def drain(self, most: int, seconds: float) -> bool:
        """Wait until at most `most` bytes wait; false where none was sent for `seconds`."""
        while self._fd != CLOSED and len(self._waiting) > most:
            self._moved = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    await self._moved
            except TimeoutError:
                return False
        return True

    def close(self) -> None:
        """Stop using the descriptor, forget the bytes that wait, and drop the callback."""
        self._fd = CLOSED
        self._broken = _nobody
        self._waiting.clear()
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)

    def _poll(self) -> None:
        self._poller.modify(self._fd, self._listens | OUT if self._waiting else self._listens)


def _nobody() -> None:
    """Tell nobody: it is closed."""
