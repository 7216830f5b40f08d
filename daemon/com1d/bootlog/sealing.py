"""Encryption at rest: AES-256-GCM for each piece, with a key of its own for each segment.

A thief of the disk learns when a guest printed and how much, but not what. The segment's key is
derived from the host's key and the salt in the segment's header, so that random nonces stay far
from repeating however long the host runs. The last bytes of the salt tell a wrong key from a
damaged file.
"""

import hmac
import os
from typing import TYPE_CHECKING, Final

from com1d.core.store.records import SALT_BYTES, Checksum, DamagedError, Guard, Header
from com1d.errors import Com1Error


if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
CHECK_BYTES: Final = 8
"""Bytes of the salt that check the key: a wrong key passes as the right one once in 10^19 times."""

_PURPOSE: Final = b"com1d boot diagnostics log, segment"


class LockedError(Com1Error):
    """A log cannot be read or continued without another key. The text says which and what to do."""


class Keyring:
    """The host's key, from which each segment gets its guard."""

    def __init__(self, key: bytes | None = None) -> None:
        """Take the host's key, or None to keep logs as they are printed."""
        self._key = key

    @property
    def encrypts(self) -> bool:
        """Whether what is written from now on is encrypted."""
        return self._key is not None

    def header(self, base: int, created: float) -> Header:
        """Make the header of a new segment."""
        if self._key is None:
            return Header(base, created)
        salt = os.urandom(SALT_BYTES - CHECK_BYTES)
        return Header(base, created, encrypted=True, salt=salt + _derive(self._key, salt)[1])

    @staticmethod
    def proof_bytes(header: Header) -> int:
        """Give the length of a segment's proofs, which is known without the key."""
        return Seal.proof_bytes if header.encrypted else Checksum.proof_bytes

    def guard(self, header: Header) -> Guard:
        """Give the guard of a segment. Raises `LockedError` without the key it was written with."""
        if not header.encrypted:
            return Checksum()
        if self._key is None:
            raise LockedError("it is encrypted, and log_key is not set")
        salt, check = header.salt[:-CHECK_BYTES], header.salt[-CHECK_BYTES:]
        key, expected = _derive(self._key, salt)
        if not hmac.compare_digest(check, expected):
            raise LockedError("it is encrypted with another key than that in log_key")
        return Seal(key)


class Seal:
    """The guard of an encrypted segment."""

    proof_bytes = NONCE_BYTES + TAG_BYTES
    encrypts = True

    def __init__(self, key: bytes) -> None:
        """Take the segment's key."""
        self._cipher = aesgcm()(key)

    def protect(self, data: bytes, place: bytes) -> tuple[bytes, bytes]:
        """Encrypt; the proof is the nonce and the tag."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, data, place)
        return sealed[:-TAG_BYTES], nonce + sealed[-TAG_BYTES:]

    def reveal(self, stored: bytes, proof: bytes, place: bytes) -> bytes:
        """Decrypt."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra

        nonce, tag = proof[:NONCE_BYTES], proof[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, stored + tag, place)
        except InvalidTag:
            raise DamagedError("it was changed after it was encrypted") from None


def _derive(key: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Give a segment's key, and the check of it that goes into the header."""
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - an extra

    both = HKDF(SHA256(), KEY_BYTES + CHECK_BYTES, salt, _PURPOSE).derive(key)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def aesgcm() -> "type[AESGCM]":
    """Give the cipher. Raises `ImportError` where the package is not installed."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - an extra

    return AESGCM
