"""What has come of a WebSocket frame that is not whole: its parser keeps that to itself.

The parser takes the head of a frame out of its buffer and waits for the rest. The bytes of the head
are kept here beside it, so that another process can go on in the middle of a frame.
"""

from typing import Final


HEAD_BYTES: Final = 14
"""Bytes of the longest head of a client's frame: two, a length of eight, and a mask of four."""

_SHORT: Final = 126
"""From this payload on a length takes two bytes more, ..."""
_LONG: Final = 65536
"""... and from this on eight."""


def wire_bytes(payload: int) -> int:
    """Give the bytes of a client's whole frame, which is masked."""
    return payload + (6 if payload < _SHORT else 8 if payload < _LONG else HEAD_BYTES)


class Part:
    """The bytes since the end of the last whole frame: how many, and the first of them."""

    __slots__ = ("_head", "size")

    def __init__(self) -> None:
        """Begin between two frames."""
        self.size = 0
        """Bytes that have come of a frame that is not whole. Each key asks for it."""
        self._head = b""

    def keep(self, data: bytes, size: int) -> None:
        """Take note that `size` bytes have come of a frame, the last of them in `data`."""
        head = data[len(data) - size :] if size <= len(data) else self._head + data
        self._head = head[:HEAD_BYTES]
        self.size = size

    def came(self, buffer: bytes) -> bytes:
        """Give the bytes, of which the parser has all but the head in its `buffer`."""
        return self._head[: self.size - len(buffer)] + bytes(buffer)
