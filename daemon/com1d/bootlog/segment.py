"""One segment of a log: three files, written in an order that keeps them true after a crash.

Marks go first, then the raw bytes, then the record that vouches for them. So bytes without a record
were torn by a crash, and no record lacks its bytes.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from com1d.bootlog.files import Files
from com1d.core.store.layout import blocks, file_name
from com1d.core.store.marks import Mark, encode
from com1d.core.store.records import HEADER_BYTES, Guard, Header, Record, Records


_CLOSED: Final = -1


class Sizes(NamedTuple):
    """Valid bytes of the three files; what follows them is left of a failed write."""

    raw: int
    idx: int
    marks: int

    @property
    def weight(self) -> int:
        """Bytes that they take on the disk."""
        return blocks(self.raw) + blocks(self.idx) + blocks(self.marks)


class Segment:
    """The segment that a console's log is being written to."""

    __slots__ = ("_files", "_folder", "_guard", "_idx_fd", "_raw_fd", "_records", "at", "base",
                 "encrypted", "end", "sealed", "sizes")  # fmt: skip

    def __init__(
        self, folder: Path, header: Header, guard: Guard, files: Files, sizes: Sizes
    ) -> None:
        """Describe a segment; `create` or `resume` open it."""
        self.base = header.base
        self.encrypted = header.encrypted
        self.end = header.base
        """Offset after its last byte."""
        self.at = header.created
        """When that byte came."""
        self.sizes = sizes
        self.sealed = False
        """Whether its last record says that it was closed properly."""
        self._folder = folder
        self._files = files
        self._guard = guard
        self._records = Records(header, guard.proof_bytes)
        self._raw_fd = self._idx_fd = _CLOSED

    @classmethod
    def create(
        cls, folder: Path, header: Header, guard: Guard, files: Files, carry: Mark
    ) -> "Segment":
        """Make the files. The index comes last: with its header, the segment exists."""
        segment = cls(folder, header, guard, files, Sizes(0, 0, 0))
        try:
            segment._raw_fd = files.create(segment.path("raw"))
            files.close(files.create(segment.path("marks")))
            segment.mark([carry])
            segment._idx_fd = files.create(segment.path("idx"))
            files.write(segment._idx_fd, header.encode(), 0)
        except OSError:
            segment.rest()
            for kind in ("idx", "raw", "marks"):
                files.remove(segment.path(kind))
            raise
        segment.sizes = segment.sizes._replace(idx=HEADER_BYTES)
        return segment

    def continue_at(self, end: int, at: float, *, sealed: bool) -> None:
        """Continue a segment that was found on the disk."""
        self.end, self.at, self.sealed = end, at, sealed

    def path(self, kind: str) -> Path:
        """Give the path of one of the three files."""
        return self._folder / file_name(self.base, kind)

    @property
    def is_open(self) -> bool:
        """Whether it holds descriptors."""
        return self._idx_fd != _CLOSED

    def resume(self) -> None:
        """Open the files again, and cut off bytes without a record.

        Raises `OSError`: `FileNotFoundError` where somebody has deleted them, open or not.
        """
        if self.is_open and not self._files.is_deleted(self._raw_fd):
            return
        self.rest()
        self._raw_fd = self._files.reopen(self.path("raw"), self.sizes.raw)
        try:
            self._files.close(self._files.reopen(self.path("marks"), self.sizes.marks))
            self._idx_fd = self._files.reopen(self.path("idx"), self.sizes.idx)
        except OSError:
            self.rest()
            raise

    def rest(self) -> None:
        """Close the files; `resume` opens them again."""
        for fd in self.detach():
            self._files.close(fd)

    def detach(self) -> tuple[int, ...]:
        """Give the descriptors away, to be synced and closed."""
        fds = tuple(fd for fd in (self._raw_fd, self._idx_fd) if fd != _CLOSED)
        self._raw_fd = self._idx_fd = _CLOSED
        return fds

    def append(self, offset: int, piece: bytes, at: float) -> None:
        """Store what the guest printed from `offset` on, at most `PIECE_BYTES`.

        Raises `OSError`: then nothing of it counts.
        """
        record = Record(offset, max(at, self.at), self.sizes.raw, len(piece), b"")
        stored, proof = self._guard.protect(piece, record.place)
        packed = self._records.pack(record._replace(proof=proof))
        self._files.write(self._raw_fd, stored, self.sizes.raw)
        self._files.write(self._idx_fd, packed, self.sizes.idx)
        self._grow(len(piece), len(packed))
        self.end, self.at = record.end, record.at
        self.sealed = False

    def mark(self, marks: Iterable[Mark]) -> None:
        """Write marks down. Raises `OSError`: then none is."""
        lines = encode(marks, self._guard)
        fd = self._files.reopen(self.path("marks"), self.sizes.marks)
        try:
            self._files.write(fd, lines, self.sizes.marks)
        finally:
            self._files.close(fd)
        self.sizes = self.sizes._replace(marks=self.sizes.marks + len(lines))

    def seal(self) -> None:
        """Write the last record, which says that the segment was closed properly; once.

        Raises `OSError`.
        """
        if self.sealed:
            return
        self.resume()
        record = Record(self.end, self.at, self.sizes.raw, 0, b"")
        _, proof = self._guard.protect(b"", record.place)
        packed = self._records.pack(record._replace(proof=proof))
        self._files.write(self._idx_fd, packed, self.sizes.idx)
        self._grow(0, len(packed))
        self.sealed = True

    def _grow(self, raw: int, idx: int) -> None:
        self.sizes = Sizes(self.sizes.raw + raw, self.sizes.idx + idx, self.sizes.marks)
