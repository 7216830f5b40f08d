"""Reading a part of a console's stream, from the disk and from the ring.

Bytes on the disk are read there, in steps of bounded size. Bytes that are not on the disk yet, or
cannot be written at the moment, come from the ring. So a request sees the newest bytes, and a
failing disk hides nothing that is still in memory.
"""

from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from com1d.bootlog.past import Past
from com1d.bootlog.pieces import Piece
from com1d.core.store.layout import KIB
from com1d.core.store.marks import Mark
from com1d.core.stream.ring import Ring


RING_BYTES: Final = 64 * KIB
"""Bytes copied out of the ring at once: 10 µs."""

TAIL_BYTES: Final = 64 * KIB
"""Bytes read at once while lines are counted backwards: mostly more than 200 lines."""


async def read(
    past: Past, ring: Ring, start: int, stop: int, *, timed: bool = False
) -> AsyncIterator[Piece]:
    """Give the pieces between two offsets, in order.

    A jump of the offsets is a hole. With `timed`, each piece has its own time; what comes from the
    ring has that of the end of the log. Raises `LockedError`, `OSError`.
    """
    settled = False
    while start < stop:
        if start < past.end:
            step = await past.step(start, min(stop, past.end), timed=timed)
            for piece in step.pieces:
                yield piece
            start = step.next
        elif start >= ring.start:
            data = ring.read(start, min(RING_BYTES, stop - start))
            yield Piece(start, past.now(), data)
            start += len(data)
        elif not settled:  # the ring has moved past this offset; by now the disk may have it
            await past.settle()
            settled = True
        else:
            start = min(ring.start, stop)


async def tail(past: Past, ring: Ring, lines: int, start: int, stop: int) -> int:
    """Give where the last `lines` lines between two offsets begin. Raises as `read`."""
    end = stop
    missing = lines + 1  # line feeds: the one at the very end ends the last line
    while end > start:
        begin = max(start, end - TAIL_BYTES)
        pieces = [piece async for piece in read(past, ring, begin, end)]
        if end == stop and pieces and not pieces[-1].data.endswith(b"\n"):
            missing -= 1
        for piece in reversed(pieces):
            found = len(piece.data)
            while missing and (found := piece.data.rfind(b"\n", 0, found)) >= 0:
                missing -= 1
            if not missing:
                return piece.offset + found + 1
        end = begin
    return start


async def read_marked(past: Past, ring: Ring, start: int, stop: int) -> AsyncIterator[Piece | Mark]:
    """Give the pieces with their times, and the marks between them, in order of offset."""
    marks = _Marks(past, start, stop)
    async for piece in read(past, ring, start, stop, timed=True):
        rest = piece
        for mark in await marks.before(piece.end):
            cut = min(max(0, mark.offset - rest.offset), len(rest.data))
            if cut:
                yield rest._replace(data=rest.data[:cut])
                rest = Piece(rest.offset + cut, rest.at, rest.data[cut:])
            yield mark
        if rest.data:
            yield rest
    for mark in await marks.before(stop + 1):
        yield mark


class _Marks:
    """The marks of a part of the stream, a segment's at a time."""

    def __init__(self, past: Past, start: int, stop: int) -> None:
        self._past = past
        self._next = start
        self._end = stop + 1
        """An offset behind every mark."""
        self._waiting: deque[Mark] = deque()

    async def before(self, offset: int) -> list[Mark]:
        """Take the marks before `offset`."""
        while self._next < min(offset, self._end):
            found, self._next = await self._past.marks_step(self._next, self._end)
            self._waiting += found
        taken = []
        while self._waiting and self._waiting[0].offset < offset:
            taken.append(self._waiting.popleft())
        return taken
