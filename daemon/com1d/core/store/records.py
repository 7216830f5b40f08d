"""The index of a segment: a header, then one record of fixed length for each piece of raw bytes.

Records have one length, so that an offset or a time is found by bisection and nothing else is
parsed. Each ends in a checksum of its own, and holds the proof of its piece: a record that is whole
vouches for bytes that are whole. A record that begins after the end of the one before shows a gap:
bytes that were printed and never stored.
"""

import struct
import zlib
from typing import Final, NamedTuple, Protocol

from com1d.core.store.layout import KIB
from com1d.errors import Com1Error


MAGIC: Final = b"com1dlog"
VERSION: Final = 1

BOUND: Final = 2
"""The version of an encrypted segment, whose key is made for its console alone. Those of version 1
are any console's; what is not encrypted stays version 1, which an older com1d reads."""

PIECE_BYTES: Final = 64 * KIB
"""Bytes that one record vouches for, at most: so many are read to verify a single one."""

SALT_BYTES: Final = 32

_HEADER: Final = struct.Struct("<8sHHQQ32s")
_CHECK: Final = struct.Struct("<I")
HEADER_BYTES: Final = _HEADER.size + _CHECK.size

_ENCRYPTED: Final = 1
"""Bit 0 of the header's flags."""

MICROSECONDS: Final = 1_000_000


class DamagedError(Com1Error):
    """What is on the disk is not what was written. The text says what is wrong."""


class PlainError(DamagedError):
    """What has to be encrypted is not: nothing says that com1d has written it."""


class OtherVersionError(Com1Error):
    """Another version of com1d wrote this; it is left as it is."""


class Header(NamedTuple):
    """What an index begins with."""

    base: int
    """Offset of the segment's first byte."""
    created: float
    """When that byte came, in seconds since 1970."""
    encrypted: bool = False
    salt: bytes = bytes(SALT_BYTES)
    """What the segment's key was derived with; zeros in a segment that is not encrypted."""
    version: int = VERSION

    def encode(self) -> bytes:
        """Give the bytes."""
        flags = _ENCRYPTED if self.encrypted else 0
        created = round(self.created * MICROSECONDS)
        body = _HEADER.pack(MAGIC, self.version, flags, self.base, created, self.salt)
        return body + _CHECK.pack(zlib.crc32(body))

    @property
    def seed(self) -> int:
        """Give what the checksums of this segment's records begin with."""
        return zlib.crc32(self.encode()[: _HEADER.size])

    @classmethod
    def decode(cls, data: bytes) -> "Header":
        """Read the bytes back. Raises `OtherVersionError` and `DamagedError`."""
        if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
            raise DamagedError("it does not begin with a header")
        _, version, flags, base, created, salt = _HEADER.unpack_from(data)
        if version not in (VERSION, BOUND):
            raise OtherVersionError(f"its format is version {version}, this is {BOUND}")
        if _CHECK.unpack_from(data, _HEADER.size)[0] != zlib.crc32(data[: _HEADER.size]):
            raise DamagedError("its header has a wrong checksum")
        return cls(base, created / MICROSECONDS, bool(flags & _ENCRYPTED), salt, version)


class Record(NamedTuple):
    """One piece of raw bytes. A length of 0 says: closed in good order, nothing torn before."""

    offset: int
    """Where in the console's stream it begins."""
    at: float
    """When it was gathered, in seconds since 1970; its bytes are at most 0.2 s older."""
    position: int
    """Where in the segment's raw file it begins."""
    length: int
    proof: bytes

    @property
    def end(self) -> int:
        """Offset after its last byte."""
        return self.offset + self.length

    @property
    def place(self) -> bytes:
        """Give what a proof binds the bytes to, so that no piece can stand in for another."""
        return _PLACE.pack(self.offset, round(self.at * MICROSECONDS), self.position, self.length)


_PLACE: Final = struct.Struct("<QQII")


class Guard(Protocol):
    """Protects stored bytes: with a checksum, or by encryption."""

    proof_bytes: int
    encrypts: bool

    def protect(self, data: bytes, place: bytes) -> tuple[bytes, bytes]:
        """Give what to store, of the same length, and the proof to store beside it."""

    def reveal(self, stored: bytes, proof: bytes, place: bytes) -> bytes:
        """Give the data back. Raises `DamagedError`."""


class Checksum:
    """The guard of a log that is not encrypted: CRC-32."""

    proof_bytes = _CHECK.size
    encrypts = False

    def protect(self, data: bytes, place: bytes) -> tuple[bytes, bytes]:  # noqa: ARG002 - a record has its own checksum
        """Store the data as it is."""
        return data, _CHECK.pack(zlib.crc32(data))

    def reveal(self, stored: bytes, proof: bytes, place: bytes) -> bytes:  # noqa: ARG002 - see above
        """Compare the checksum."""
        if _CHECK.pack(zlib.crc32(stored)) != proof:
            raise DamagedError("its checksum is wrong")
        return stored


class Records:
    """Packs and unpacks the records of one segment."""

    __slots__ = ("_seed", "_struct", "size")

    def __init__(self, header: Header, proof_bytes: int) -> None:
        """Take the segment's header: a record of another segment has a wrong checksum in this."""
        self._struct = struct.Struct(f"{_PLACE.format}{proof_bytes}s")
        self._seed = header.seed
        self.size = self._struct.size + _CHECK.size

    def pack(self, record: Record) -> bytes:
        """Give a record's bytes."""
        offset, at, position, length, proof = record
        body = self._struct.pack(offset, round(at * MICROSECONDS), position, length, proof)
        return body + _CHECK.pack(zlib.crc32(body, self._seed))

    def unpack(self, data: bytes, start: int = 0) -> Record | None:
        """Read the record that begins at `data[start]`; None where it is torn or none at all."""
        middle = start + self._struct.size
        if len(data) < middle + _CHECK.size:
            return None
        if _CHECK.unpack_from(data, middle)[0] != zlib.crc32(data[start:middle], self._seed):
            return None
        offset, at, position, length, proof = self._struct.unpack_from(data, start)
        return Record(offset, at / MICROSECONDS, position, length, proof)
