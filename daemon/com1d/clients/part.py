"""What has come of a WebSocket frame that is not whole: its parser keeps that to itself.

The parser takes the head of a frame out of its buffer and waits for the rest. The bytes of the head
are kept here beside it, so that another process can go on in the middle of a frame.
"""

from typing import Final


HEAD_BYTES: Final = 14
"""Bytes of the longest head of a client's frame: two, a length of eight, and a mask of four."""

_SHORT: Final = 126
"""A length from which on it stands in the next two bytes, ..."""
_LONG: Final = 127
"""... or in the next eight. RFC 6455 wants as few as will do; the parser takes any."""


class Part:
    """The bytes since the end of the last whole frame: how many, and the first of them."""

    __slots__ = ("_head", "_size")

    def __init__(self) -> None:
        """Begin between two frames."""
        self._size = 0
        self._head = b""

    def take(self, data: bytes) -> None:
        """Take note of what has come, frames that are whole by it among that."""
        size, length = self._size + len(data), len(data)
        head = (self._head + data[:HEAD_BYTES])[:HEAD_BYTES] if self._size else data[:HEAD_BYTES]
        while size and size >= (whole := _frame_bytes(head)):
            size -= whole
            head = data[length - size : length - size + HEAD_BYTES]
        self._head, self._size = head, size

    def came(self, buffer: bytes) -> bytes:
        """Give the bytes, of which the parser has all but the head in its `buffer`."""
        return self._head[: self._size - len(buffer)] + bytes(buffer)


def _frame_bytes(head: bytes) -> int:
    """Give the bytes of a client's whole frame, which is masked.

    Where its length has not come, that is more than have come of the head.
    """
    if len(head) < 2:  # noqa: PLR2004 - where the length begins
        return HEAD_BYTES
    length = head[1] & 127
    if length < _SHORT:
        return 6 + length
    if length < _LONG:
        return 8 + int.from_bytes(head[2:4]) if len(head) >= 4 else HEAD_BYTES  # noqa: PLR2004
    return HEAD_BYTES + (int.from_bytes(head[2:10]) if len(head) >= 10 else 0)  # noqa: PLR2004
