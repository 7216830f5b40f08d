"""What waits to be written to a port: bounded, in order, and of one session at a time."""

from typing import Final

from com1d.core.session.session import SessionId


QUEUE_BYTES: Final = 16384
"""One full paste of 2,048 characters at 4 UTF-8 bytes each, twice: a paste never meets a full
queue, and a client that types ahead of a stopped line waits in its own socket buffer."""

RESUME_BYTES: Final = QUEUE_BYTES // 2
"""Reading from the client starts again when the queue has fallen to this, so that a slow line does
not make the two take turns byte by byte."""


class TransmitQueue:
    """The bytes of one session on their way to the line."""

    __slots__ = ("_bytes", "_owner")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._owner: SessionId | None = None

    def __len__(self) -> int:
        """Count the waiting bytes."""
        return len(self._bytes)

    @property
    def room(self) -> int:
        """How many bytes `put` still takes."""
        return QUEUE_BYTES - len(self._bytes)

    @property
    def owner(self) -> SessionId | None:
        """The session whose bytes wait here, if any do."""
        return self._owner if self._bytes else None

    def put(self, session: SessionId, data: bytes) -> None:
        """Queue `data`, which must fit into `room`.

        Raises `ValueError` when it does not, or when another session's bytes still wait: the
        caller has to `discard` them first, and tell their owner.
        """
        waiting = self._bytes
        if len(waiting) + len(data) > QUEUE_BYTES:
            raise ValueError(f"{len(data)} bytes do not fit into {self.room}")
        if waiting and self._owner != session:
            raise ValueError(f"bytes of session {self._owner} still wait")
        self._owner = session
        waiting += data

    def peek(self, limit: int) -> bytes:
        """Look at the next bytes to write, at most `limit`."""
        return bytes(self._bytes[:limit])

    def advance(self, count: int) -> int:
        """Drop the `count` bytes that the line took; give how many are left."""
        del self._bytes[:count]
        return len(self._bytes)

    def discard(self) -> int:
        """Throw everything away and say how many bytes that was."""
        count = len(self._bytes)
        self._bytes.clear()
        return count
