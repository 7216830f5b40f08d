"""Where in the stream a place of the text is, of what was read in one look."""

from bisect import bisect_left
from typing import Final, NamedTuple

from com1d.core.guest.text import PlainText


PIECE: Final = 2048
"""Bytes that are read at a time. To find a place in one it is read some ten times more."""


class _Piece(NamedTuple):
    length: int
    """Characters before it, since the first."""
    offset: int
    data: bytes
    plain: PlainText


class Places:
    """Reads the bytes of a look, and remembers how far the text had come by then."""

    __slots__ = ("_pieces",)

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []

    def read(self, plain: PlainText, data: bytes, offset: int, length: int) -> str:
        """Read `data`, which begins at `offset` of the stream and behind `length` characters."""
        texts = []
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self._pieces.append(_Piece(length, offset + at, piece, plain.copy()))
            texts.append(plain.read(piece))
            length += len(texts[-1])
        return "".join(texts)

    def forget(self) -> None:
        """Begin a look."""
        self._pieces.clear()

    def offset(self, length: int) -> int:
        """Give the offset of the first byte with which the text is `length` characters long."""
        if not self._pieces:
            return 0
        number = bisect_left(self._pieces, length, key=lambda piece: piece.length)
        piece = self._pieces[max(0, number - 1)]
        wanted = length - piece.length
        sizes = range(len(piece.data) + 1)
        size = bisect_left(
            sizes, wanted, key=lambda size: len(piece.plain.copy().read(piece.data[:size]))
        )
        return piece.offset + min(size, len(piece.data))
