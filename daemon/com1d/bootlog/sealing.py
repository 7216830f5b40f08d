"""Encryption at rest: AES-256-GCM for each piece, with a key of its own for each segment.

Whoever takes the disk learns when a guest printed and how much, and nothing of what. The segment's
key is derived from the host's key, the console's name and the salt in the segment's header: random
nonces stay far from repeating however long the host runs, and no log passes for another console's.
The last bytes of the salt tell a wrong key from a damaged file.
"""

import hmac
import os
from typing import TYPE_CHECKING, Final

from com1d.core.store.records import (
    BOUND,
    SALT_BYTES,
    Checksum,
    DamagedError,
    Guard,
    Header,
    PlainError,
)
from com1d.errors import Com1Error


if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


KEY_BYTES: Final = 32
"""Of AES-256, and so of `log_key`. `config` has the same: the writing process starts without it."""

NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
CHECK_BYTES: Final = 8
"""Bytes of the salt that check the key: a wrong key passes as the right one once in 10^19 times."""

_PURPOSE: Final = b"com1d boot diagnostics log, segment"


PLAIN: Final = "it is not encrypted, and log_key is set"
"""Why a segment is none of this log. What was printed before there was a key is put aside, too: who
can write into the directory can give his own files any date."""


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

    def header(self, console: str, base: int, created: float) -> Header:
        """Make the header of a new segment of `console`'s log."""
        if self._key is None:
            return Header(base, created)
        salt = os.urandom(SALT_BYTES - CHECK_BYTES)
        check = _derive(self._key, salt, console)[1]
        return Header(base, created, encrypted=True, salt=salt + check, version=BOUND)

    @staticmethod
    def proof_bytes(header: Header) -> int:
        """Give the length of a segment's proofs, which is known without the key."""
        return Seal.proof_bytes if header.encrypted else Checksum.proof_bytes

    def guard(self, console: str, header: Header) -> Guard:
        """Give the guard of a segment of `console`'s log.

        Raises `LockedError` without the key it was written with, and with a key `PlainError` where
        it was written without: anybody who may write there can have made it.
        """
        if not header.encrypted:
            if self._key is not None:
                raise PlainError(PLAIN)
            return Checksum()
        if self._key is None:
            raise LockedError("it is encrypted, and log_key is not set")
        salt, check = header.salt[:-CHECK_BYTES], header.salt[-CHECK_BYTES:]
        key, expected = _derive(self._key, salt, console if header.version == BOUND else "")
        if not hmac.compare_digest(check, expected):
            raise LockedError(
                "it is encrypted with another key than that in log_key, or for another console"
            )
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


def _derive(key: bytes, salt: bytes, console: str) -> tuple[bytes, bytes]:
    """Give a segment's key, and the check of it that goes into the header.

    Without a console it is that of format version 1.
    """
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - an extra

    purpose = b"%s of %s" % (_PURPOSE, console.encode()) if console else _PURPOSE
    both = HKDF(SHA256(), KEY_BYTES + CHECK_BYTES, salt, purpose).derive(key)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def aesgcm() -> "type[AESGCM]":
    """Give the cipher. Raises `ImportError` where the package is not installed."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - an extra

    return AESGCM
