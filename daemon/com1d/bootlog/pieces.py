"""Pieces: what one step of reading a log gives, consecutive bytes with their times."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from com1d.core.store.layout import KIB
from com1d.core.store.records import Record


STEP_BYTES: Final = 256 * KIB
"""Bytes read in one step: half a millisecond of a thread that mostly waits."""


class Piece(NamedTuple):
    """Consecutive bytes of the stream."""

    offset: int
    """Where in the stream they begin. Where it is not the end of the piece before, there is a hole:
    a gap, if the marks have one there, else bytes deleted to make room."""
    at: float
    """When the first of them came, in seconds since 1970."""
    data: bytes

    @property
    def end(self) -> int:
        """Offset after the last one."""
        return self.offset + len(self.data)


class Step(NamedTuple):
    """The result of one step."""

    pieces: list[Piece]
    next: int
    """The offset to go on from."""
    damaged: int = 0
    """Damaged bytes, which are left out: they are not what was written."""


class Run:
    """Gathers the pieces of one step."""

    def __init__(self, start: int, stop: int, *, timed: bool) -> None:
        self._start, self._stop = start, stop
        self._next = self._end = start
        self._timed = timed
        self._parts: list[tuple[int, float, list[bytes]]] = []
        self._size = 0
        self._skipped = False
        self._damaged = 0

    @property
    def found_any(self) -> bool:
        """Whether a piece was found."""
        return bool(self._size or self._damaged)

    def choose(self, records: Sequence[Record | None]) -> list[Record | None]:
        """Give as many as one step takes of what was asked for; None are those that are damaged."""
        chosen: list[Record | None] = []
        size = 0
        for record in records:
            if record is not None:
                if record.offset >= self._stop or size >= STEP_BYTES:
                    break
                size += record.length
            chosen.append(record)
        return chosen

    def add(self, record: Record | None, data: bytes | None) -> None:
        """Take the part of a record that was asked for; without data, it is damaged."""
        if record is None:
            self._skipped = True
            return
        if self._skipped:
            self._damaged += max(0, record.offset - self._next)
            self._skipped = False
        self._next = max(self._next, min(record.end, self._stop))
        begin = max(self._start - record.offset, 0)
        end = min(self._stop - record.offset, record.length)
        if data is None:
            self._damaged += end - begin
        elif begin < end:
            self._take(record.offset + begin, record.at, data[begin:end])

    def _take(self, offset: int, at: float, part: bytes) -> None:
        if self._parts and not self._timed and self._end == offset:
            self._parts[-1][2].append(part)
        else:
            self._parts.append((offset, at, [part]))
        self._end = offset + len(part)
        self._size += len(part)

    def step(self) -> Step:
        """Give what was gathered."""
        pieces = [Piece(offset, at, b"".join(parts)) for offset, at, parts in self._parts]
        return Step(pieces, self._next, self._damaged)
