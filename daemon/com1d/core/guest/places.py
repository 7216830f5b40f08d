"""Offsets in the stream of places in the decoded text of one look."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from com1d.core.carried import carried
from com1d.core.guest.text import PlainText


PIECE: Final = 256
"""Bytes in which a place is searched. For that they are decoded some eight times more."""


class _Piece(NamedTuple):
    length: int
    """Characters before it, since the first."""
    offset: int
    data: bytes
    plain: PlainText


@carried(without={"_cut": "of one look", "_pieces": "of one look"})
class Places:
    """Decodes the bytes of a look, and remembers the text's length before each piece."""

    __slots__ = ("_cut", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._cut = False
        """Whether they are as small as they are searched in: nobody asks in most looks."""

    def read(self, plain: PlainText, data: bytes, offset: int, length: int) -> str:
        """Read `data`, which begins at `offset` of the stream and behind `length` characters."""
        self._pieces.append(_Piece(length, offset, data, plain.copy()))
        return plain.read(data)

    def forget(self) -> None:
        """Begin a look."""
        self._pieces.clear()
        self._cut = False

    def offset(self, length: int) -> int:
        """Give the offset of the first byte with which the text is `length` characters long."""
        if not self._pieces:
            return 0
        if not self._cut:
            self._cut = True
            self._pieces = [small for piece in self._pieces for small in _cut(piece)]
        number = bisect_left(self._pieces, length, key=lambda piece: piece.length)
        piece = self._pieces[max(0, number - 1)]
        wanted = length - piece.length
        sizes = range(len(piece.data) + 1)
        size = bisect_left(
            sizes, wanted, key=lambda size: len(piece.plain.copy().read(piece.data[:size]))
        )
        return piece.offset + min(size, len(piece.data))


def _cut(piece: _Piece) -> Iterator[_Piece]:
    """Cut what one look read, most of which nobody asks for a place in."""
    plain, length = piece.plain.copy(), piece.length
    for at in range(0, len(piece.data), PIECE):
        data = piece.data[at : at + PIECE]
        yield _Piece(length, piece.offset + at, data, plain.copy())
        length += len(plain.read(data))
