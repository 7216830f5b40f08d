"""The transmit queue: bytes that wait for a line, bounded, in order, of one session at a time.

There is no other queue on the way. At the soft mark the client is no longer read, so that what it
types waits in its own socket; the hard mark is the bound of what had been read by then.
"""

from typing import Final

from com1d.core.carried import carried
from com1d.core.session.session import SessionId


SOFT_BYTES: Final = 16384
"""From here on the queue counts as full. One paste of 2,048 characters at 4 UTF-8 bytes each,
twice: a paste of the default limit never meets a full queue."""

RESUME_BYTES: Final = SOFT_BYTES // 2
"""A queue that was full has room again when it has fallen to this, so that a slow line does not
make client and line take turns byte by byte."""

HARD_BYTES: Final = SOFT_BYTES + 4 * 65536
"""The bound: one byte less than the soft mark, and the most that one read of a client can bring on
top, which is a burst or a paste of the largest paste limit there is, at 4 UTF-8 bytes each."""


@carried()
class TransmitQueue:
    """The bytes of one session on their way to the line."""

    __slots__ = ("_bytes", "_owner", "full", "size")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._owner: SessionId | None = None
        self.size = 0
        """Bytes that wait. A plain attribute, because each key reads it several times."""
        self.full = False
        """Whether the soft mark was reached, and the queue has not fallen to `RESUME_BYTES`
        since."""

    @property
    def room(self) -> int:
        """How many bytes `put` still takes."""
        return HARD_BYTES - self.size

    @property
    def owner(self) -> SessionId | None:
        """The session whose bytes wait here, if any do."""
        return self._owner if self.size else None

    def put(self, session: SessionId, data: bytes) -> None:
        """Queue `data`, which must fit into `room`.

        Raises `ValueError` when it does not, or when another session's bytes still wait: the
        caller has to `discard` them first, and tell their owner.
        """
        size = self.size + len(data)
        if size > HARD_BYTES:
            raise ValueError(f"{len(data)} bytes do not fit into {self.room}")
        if self.size and self._owner != session:
            raise ValueError(f"bytes of session {self._owner} still wait")
        self._owner = session
        self._bytes += data
        self.size = size
        if size >= SOFT_BYTES:
            self.full = True

    def peek(self, limit: int) -> bytes:
        """Look at the next bytes to write, at most `limit`."""
        return bytes(self._bytes[:limit])

    def advance(self, count: int) -> bool:
        """Drop the `count` bytes that the line took; say whether a full queue has room again."""
        del self._bytes[:count]
        self.size = left = len(self._bytes)
        if not self.full or left > RESUME_BYTES:
            return False
        self.full = False
        return True

    def discard(self) -> int:
        """Throw everything away and say how many bytes that was."""
        count = self.size
        self._bytes.clear()
        self.size = 0
        self.full = False
        return count
