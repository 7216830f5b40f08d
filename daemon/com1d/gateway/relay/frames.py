"""Where a WebSocket frame ends, in a stream of them that is passed on unopened (RFC 6455, 5.2)."""

from typing import Final


CLOSE: Final = 0x8
"""The opcode of a close frame."""

_SHORT: Final = 2
"""Bytes of the shortest head."""

_EXTENDED: Final = {126: 2, 127: 8}
"""Bytes that follow a head's seven bits of length, by their value."""

_MASKED: Final = 0x80
_MASK_BYTES: Final = 4


class Frames:
    """Follows one direction of a stream."""

    __slots__ = ("_head", "_rest", "closes")

    def __init__(self) -> None:
        self.closes = False
        """Whether a close frame has begun, after which no other may follow."""
        self._head = bytearray()
        self._rest = 0

    @property
    def between(self) -> bool:
        """Whether a frame of our own may be put in here."""
        return not self._head and not self._rest and not self.closes

    def follow(self, data: bytes) -> None:
        """Take note of what is passed on."""
        at, end = 0, len(data)
        while at < end:
            if self._rest:
                step = min(self._rest, end - at)
                self._rest -= step
            else:
                step = min(self._lacking(), end - at)
                self._head += data[at : at + step]
                if not self._lacking():
                    self._begin()
            at += step

    def _lacking(self) -> int:
        """Give how many bytes the head lacks, as far as can be told from what is there."""
        head = self._head
        if len(head) < _SHORT:
            return _SHORT - len(head)
        mask = _MASK_BYTES if head[1] & _MASKED else 0
        return _SHORT + _EXTENDED.get(head[1] & ~_MASKED, 0) + mask - len(head)

    def _begin(self) -> None:
        head = self._head
        length = head[1] & ~_MASKED
        if extended := _EXTENDED.get(length):
            length = int.from_bytes(head[_SHORT : _SHORT + extended])
        self.closes = self.closes or head[0] & 0xF == CLOSE
        self._rest = length
        self._head = bytearray()
