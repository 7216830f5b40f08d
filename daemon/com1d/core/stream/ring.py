"""The scrollback of one console: a ring of bytes addressed by absolute offset.

The port appends and never waits; clients read from their own cursors and may fall behind. Only this
class knows where a byte lies in memory. Everywhere else bytes have offsets since the console's
first byte, so "how much did I miss" is a subtraction.
"""

from collections.abc import Callable
from typing import Final, TypeAlias


Storage: TypeAlias = bytearray | memoryview

Head: TypeAlias = list[int] | memoryview
"""Three numbers beside the storage by which a ring is found again after a crash: its base, the
offset up to which it has begun to store, and its end. While they differ, a piece is half stored."""

PROOF: Final = 251
"""A number that is to be found again is kept as so many times itself, and 1. One in which a bit is
another, or that was never written, has another rest."""

Room: TypeAlias = tuple[Storage, Head]


def proven(kept: int) -> int:
    """Give a number that was kept so. Raises `ValueError` for one that was not."""
    number, rest = divmod(kept, PROOF)
    if rest != 1:
        raise ValueError(f"{kept} is damaged, or no offset of a ring")
    return number


def private(capacity: int) -> Room:
    """Give a room that ends with this process."""
    return bytearray(capacity), [1, 1, 1]


class Ring:
    """The last `capacity` bytes of a stream.

    `allocate(capacity)` makes storage and head at the first byte, so that a silent console costs
    none. `base` is the offset of the first byte that will ever be here.
    """

    __slots__ = ("_allocate", "_base", "_head", "_storage", "capacity", "end")

    def __init__(
        self, capacity: int, allocate: Callable[[int], Room] = private, base: int = 0
    ) -> None:
        self.capacity = capacity
        self.end = base
        """Offset after the newest byte."""
        self._base = base
        self._allocate = allocate
        self._storage: memoryview | None = None
        self._head: Head = []

    @property
    def start(self) -> int:
        """Offset of the oldest byte still here; equals `end` while nothing was appended."""
        return max(self._base, self.end - self.capacity)

    @property
    def base(self) -> int:
        """Offset of the first byte that was ever here."""
        return self._base

    def resume(self, base: int, end: int, room: Room | None) -> None:
        """Go on as another ring, of the same capacity, which ended at `end` in this room."""
        if not 0 <= base <= end or (room is not None and len(room[0]) != self.capacity):
            raise ValueError(f"no ring of {self.capacity} bytes goes from {base} to {end}")
        self._base, self.end = base, end
        self._storage = None
        if room is not None:
            self._settle(room)

    def recover(self, room: Room) -> int:
        """Go on as the ring of a process that was killed; give how many bytes it half stored.

        They are not here, nor are those that they went over. Raises `ValueError`.
        """
        base, begun, end = map(proven, room[1])
        if not base <= end <= begun:
            raise ValueError(f"no ring from {base} to {end} has begun to store up to {begun}")
        self.resume(min(max(base, begun - self.capacity), end), end, room)
        return begun - end

    def make_room(self) -> None:
        """Make the storage, if there is none: before the first byte, for a head to be found."""
        if self._storage is None:
            self._settle(self._allocate(self.capacity))

    def _settle(self, room: Room) -> memoryview:
        self._head, self._storage = room[1], memoryview(room[0])
        self._head[0], end = PROOF * self._base + 1, PROOF * self.end + 1
        self._head[1] = self._head[2] = end
        return self._storage

    def append(self, data: bytes) -> None:
        """Take `data` in, over the oldest bytes where there is no more room."""
        storage = self._storage
        if storage is None:
            storage = self._settle(self._allocate(self.capacity))
        end, length, head = self.end, len(data), self._head
        position = end % self.capacity
        # Base, begun, end: whoever finds the ring after a crash knows what is whole of it.
        after = end + length
        head[1] = whole = PROOF * after + 1
        if position + length <= self.capacity:
            storage[position : position + length] = data
        else:
            self._append_wrapped(storage, data, after)
        head[2] = whole
        self.end = after

    def _append_wrapped(self, storage: memoryview, data: bytes, after: int) -> None:
        data = data[-self.capacity :]  # of more than a ring full, only the end stays
        first = (after - len(data)) % self.capacity
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
