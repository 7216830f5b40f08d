"""The Windows console's input queue with its fault: repeated characters of a paste multiply.

The console host does not queue a key that equals the last one still waiting; it raises that one's
repeat count. A reader that takes a waiting key with a count n above 1 then gets n + 1 characters:
`aa` becomes `aaa`, `abab` stays. So a paste is damaged exactly where equal neighbours arrive faster
than they are read, and a writer that waits for the first one's echo is safe.
"""

from collections import deque
from typing import Final


READ_TIME: Final = 0.02
"""Seconds that the reader takes for a key. A 115,200 baud line brings 230 in that time, so a paste
is always faster; a writer that waits 150 ms for an echo is always slower."""

WAITING_MAX: Final = 4096
"""Characters waiting to be read: twice the longest paste. What comes on top is lost."""


class KeyQueue:
    """Keys between a fast writer and a slow reader."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, int]] = deque()  # a key and how often it came
        self._count = 0
        self._next_read = 0.0

    def put(self, key: int, now: float) -> None:
        """Queue a key that arrived, or count it to the equal one before it.

        What is due by `now` must have been taken before.
        """
        if self._count == WAITING_MAX:
            return
        if not self._waiting:
            self._next_read = now + READ_TIME
        self._count += 1
        if self._waiting and self._waiting[-1][0] == key:
            _, times = self._waiting.pop()
            self._waiting.append((key, times + 1))
        else:
            self._waiting.append((key, 1))

    def read(self, now: float) -> bytes:
        """Give what the reader has read by now."""
        read = bytearray()
        while self._waiting and self._next_read <= now:
            key, times = self._waiting.popleft()
            self._count -= times
            read += bytes([key]) * (times + 1 if times > 1 else 1)
            self._next_read += READ_TIME
        return bytes(read)

    def deadline(self) -> float | None:
        """Say when the reader will take the next key; None while nothing waits."""
        return self._next_read if self._waiting else None
