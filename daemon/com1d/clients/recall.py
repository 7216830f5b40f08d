"""Replay of bytes from before the ring, read from the log a step at a time.

The client pulls, as from the ring, and is called when a step was read. At most one step is in
memory for each client whose cursor has not reached the ring.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from com1d.bootlog.past import Past
from com1d.bootlog.pieces import Piece, Step
from com1d.core.stream.ring import Ring


DISK_SECONDS: Final = 0.1
DISK_TRIES: Final = 10
"""Tries to read bytes that have left the ring but are not on the disk yet: a log is at most 0.2 s
behind, and a log that is a second behind does not get them at all."""


class Recall:
    """One client's replay from an old offset up to the ring."""

    __slots__ = ("_closed", "_next", "_past", "_pieces", "_reading", "_ready", "_timer", "_tries")

    def __init__(self, past: Past, cursor: int, ready: Callable[[], None]) -> None:
        """Begin at `cursor`. `ready` is called when `take` has more to give."""
        self._past = past
        self._next = cursor
        self._ready = ready
        self._pieces: deque[Piece] = deque()
        self._reading = False
        self._timer: asyncio.TimerHandle | None = None
        self._tries = 0
        self._closed = False

    def close(self) -> None:
        """Stop, and do not call `ready` any more."""
        self._closed = True
        self._pieces.clear()
        if self._timer is not None:
            self._timer.cancel()

    def take(self, cursor: int, ring: Ring) -> Piece | None:
        """Give kept bytes from `cursor` on; None where they have to be read first.

        A piece that begins later follows a hole. An empty piece says that the ring goes on from
        there.
        """
        while self._pieces:
            piece = self._pieces[0]
            if piece.end > cursor:
                skip = max(0, cursor - piece.offset)
                return Piece(piece.offset + skip, piece.at, piece.data[skip:]) if skip else piece
            self._pieces.popleft()
        if self._reading or self._timer is not None:
            return None
        start, stop = max(cursor, self._next), min(ring.start, self._past.end)
        if start < stop:
            self._read(start, stop)
        elif start < ring.start and self._tries < DISK_TRIES:
            self._tries += 1
            self._timer = asyncio.get_running_loop().call_later(DISK_SECONDS, self._again)
        else:
            return Piece(ring.start, 0.0, b"")
        return None

    def _again(self) -> None:
        self._timer = None
        self._ready()

    def _read(self, start: int, stop: int) -> None:
        self._reading = True
        self._past.look(start, stop).add_done_callback(self._has_read)

    def _has_read(self, future: asyncio.Future[Step]) -> None:
        self._reading = False
        if future.cancelled() or self._closed:
            return
        if future.exception() is None:
            step = future.result()
            self._pieces += step.pieces
            self._next = step.next
            self._tries = 0
        else:  # the disk fails or the key is missing: go on as if there were no log
            self._tries = DISK_TRIES
            self._next = self._past.end
        self._ready()
