"""Retention: what is deleted when room is short, in one console's log and across the host.

The oldest is deleted first, but the first bytes of each boot are kept longest, up to half of the
log: a guest that panics and goes on printing must not push its own boot out. A deletion in the
middle leaves a hole, which the offsets show.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from com1d.core.store.boots import HEAD_BYTES, Boot
from com1d.core.store.layout import KIB


HEAD_SHARE: Final = 2
"""The beginnings of boots are kept up to one part in this many of the log, newest first; the rest
is for what was printed last."""

HEAD_PART: Final = 4
"""Of a small log, a boot's beginning is at most one part in this many."""

FLOOR_BYTES: Final = 256 * KIB
"""Bytes that the host's quota leaves to each console: a boot."""


class Held(NamedTuple):
    """One segment of a log, for retention."""

    base: int
    """Offset of its first byte."""
    weight: int
    """Bytes on the disk."""
    at: float = 0.0
    """When it was last written, in seconds since 1970."""


def head_bytes(log_size: int) -> int:
    """Give how much of each boot is its beginning, in a log of `log_size` bytes."""
    return min(HEAD_BYTES, log_size // HEAD_PART)


def victim(segments: Sequence[Held], boots: Sequence[Boot], log_size: int) -> int | None:
    """Choose the segment to delete, by its index; None when only the one in use is left.

    `segments` are in the order of their bases; the last one is in use.
    """
    if len(segments) <= 1:
        return None
    head = head_bytes(log_size)
    room = log_size // HEAD_SHARE
    chosen = 0
    for index in range(len(segments) - 2, -1, -1):
        start, stop = segments[index].base, segments[index + 1].base
        weight = segments[index].weight
        is_head = any(boot.offset < stop and start < boot.offset + head for boot in boots)
        if is_head and weight <= room:
            room -= weight
        else:
            chosen = index
            room = 0 if is_head else room  # no older beginning outlives a newer one
    return chosen


class Kept:
    """The segments of one console that are no longer written to, in the order of their bases."""

    __slots__ = ("_next", "_segments", "weight")

    def __init__(self) -> None:
        self.weight = 0
        """Bytes on the disk, together."""
        self._segments: list[Held] = []
        self._next: int | None = None

    def __iter__(self) -> Iterator[Held]:
        return iter(self._segments)

    @property
    def oldest(self) -> Held | None:
        """The first one."""
        return self._segments[0] if self._segments else None

    def add(self, held: Held) -> None:
        """Take in a segment that is newer than all others."""
        self._segments.append(held)
        self.weight += held.weight
        self._next = None

    def remove(self, held: Held) -> None:
        """Forget a segment that was deleted."""
        self._segments.remove(held)
        self.weight -= held.weight
        self._next = None

    def reconsider(self) -> None:
        """Choose anew what is deleted first, after a boot."""
        self._next = None

    def next_to_go(self, end: int, boots: Sequence[Boot], log_size: int) -> Held | None:
        """Give the segment that matters least. `end` is where the segment in use begins."""
        if not self._segments:
            return None
        if self._next is None:
            self._next = victim([*self._segments, Held(end, 0)], boots, log_size)
        return None if self._next is None else self._segments[self._next]


class Holding(NamedTuple):
    """One console's log, for the host's quota."""

    name: str
    weight: int
    """Bytes on the disk."""
    next_weight: int
    """Of the segment that would go first; 0 when none can."""
    next_at: float
    """When that segment was last written, in seconds since 1970."""


def next_to_shrink(holdings: Iterable[Holding]) -> str | None:
    """Choose the log that gives up a segment: the one whose next is the oldest of all.

    None when every log is down to `FLOOR_BYTES`.
    """
    able = (
        holding
        for holding in holdings
        if holding.next_weight and holding.weight - holding.next_weight >= FLOOR_BYTES
    )
    oldest = min(able, key=lambda holding: holding.next_at, default=None)
    return oldest.name if oldest else None
