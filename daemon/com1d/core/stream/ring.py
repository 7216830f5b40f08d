"""The scrollback of one console: a ring of bytes addressed by absolute offset.

The port appends and never waits; clients read from their own cursors and may fall behind. Only this
class knows where a byte lies in memory. Everywhere else bytes have offsets since the console's
first byte, so "how much did I miss" is a subtraction.
"""

from collections.abc import Callable
from typing import TypeAlias


Storage: TypeAlias = bytearray | memoryview


class Ring:
    """The last `capacity` bytes of a stream.

    `allocate(capacity)` makes the storage at the first byte, so that a silent console costs none.
    `base` is the offset of the first byte that will ever be here.
    """

    __slots__ = ("_allocate", "_base", "_storage", "capacity", "end")

    def __init__(
        self, capacity: int, allocate: Callable[[int], Storage] = bytearray, base: int = 0
    ) -> None:
        self.capacity = capacity
        self.end = base
        """Offset after the newest byte."""
        self._base = base
        self._allocate = allocate
        self._storage: memoryview | None = None

    @property
    def start(self) -> int:
        """Offset of the oldest byte still here; equals `end` while nothing was appended."""
        return max(self._base, self.end - self.capacity)

    @property
    def base(self) -> int:
        """Offset of the first byte that was ever here."""
        return self._base

    def resume(self, base: int, end: int, storage: Storage | None) -> None:
        """Go on as another ring, of the same capacity, which ended at `end` in this storage."""
        if not 0 <= base <= end or (storage is not None and len(storage) != self.capacity):
            raise ValueError(f"no ring of {self.capacity} bytes goes from {base} to {end}")
        self._base, self.end = base, end
        self._storage = None if storage is None else memoryview(storage)

    def append(self, data: bytes) -> None:
        """Take `data` in, over the oldest bytes where there is no more room."""
        storage = self._storage
        if storage is None:
            storage = self._storage = memoryview(self._allocate(self.capacity))
        length = len(data)
        position = self.end % self.capacity
        self.end += length
        if position + length <= self.capacity:
            storage[position : position + length] = data
        else:
            self._append_wrapped(storage, data)

    def _append_wrapped(self, storage: memoryview, data: bytes) -> None:
        data = data[-self.capacity :]  # of more than a ring full, only the end stays
        first = (self.end - len(data)) % self.capacity
        until_edge = min(self.capacity - first, len(data))
        storage[first : first + until_edge] = data[:until_edge]
        storage[: len(data) - until_edge] = data[until_edge:]

    def peek(self, offset: int, limit: int) -> memoryview | bytes:
        """Look at up to `limit` bytes from `offset` on, without copying.

        Gives fewer where the storage wraps, and none at `end`. The view is good until the next
        `append`. `offset` must lie between `start` and `end`: a client behind `start` counts what
        it lost first.
        """
        if not self.start <= offset <= self.end:
            raise IndexError(f"offset {offset} is not in the ring ({self.start} to {self.end})")
        storage = self._storage
        if storage is None or offset == self.end:
            return b""
        position = offset % self.capacity
        length = min(limit, self.end - offset, self.capacity - position)
        return storage[position : position + length]

    def read(self, offset: int, limit: int) -> bytes:
        """Copy up to `limit` bytes from `offset` on, across the wrap."""
        limit = min(limit, self.end - offset)
        first = bytes(self.peek(offset, limit))
        if len(first) < limit:
            first += bytes(self.peek(offset + len(first), limit - len(first)))
        return first
