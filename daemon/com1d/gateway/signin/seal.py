"""The seal of cookies: encrypted and authenticated (JWE, A256GCM) under a key of the gateway."""

import json
import os
import stat
from pathlib import Path
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from com1d.errors import Com1Error


KEY_BYTES: Final = 32

_HEAD: Final = {"alg": "dir", "enc": "A256GCM"}


class SealKeyError(Com1Error):
    """The key's file cannot be used. The text says why."""


class Seal:
    """Seals claims into a text, and opens what it has sealed itself."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)

    def close(self, kind: str, claims: dict[str, Any], expires: float) -> str:
        """Seal claims of a kind until `expires`, seconds of the epoch."""
        return jwe.encrypt_compact(
            _HEAD,
            json.dumps({**claims, "kind": kind, "exp": expires}, ensure_ascii=False),
            self._key,
        )

    def open(self, kind: str, sealed: str, now: float) -> dict[str, Any] | None:
        """Give the claims; None where it is no seal of ours, of another kind, or too old."""
        try:
            claims = json.loads(
                jwe.decrypt_compact(sealed, self._key, algorithms=list(_HEAD.values())).plaintext
                or b""
            )
        except (JoseError, ValueError):
            return None
        return claims if claims.get("kind") == kind and claims["exp"] > now else None


def key_of(path: Path) -> bytes:
    """Read the key, or make it where there is none. Raises `SealKeyError`."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return _make(path)
    except OSError as error:
        raise SealKeyError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        mode = os.fstat(fd).st_mode
        if not stat.S_ISREG(mode) or mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SealKeyError(f"{path} has to be a file that nobody else has any right to")
        key = os.read(fd, KEY_BYTES + 1)
    finally:
        os.close(fd)
    if len(key) != KEY_BYTES:
        raise SealKeyError(
            f"{path} has to hold {KEY_BYTES} bytes: remove it, and a new one is made"
        )
    return key


def _make(path: Path) -> bytes:
    key = os.urandom(KEY_BYTES)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(key)
    except OSError as error:
        raise SealKeyError(f"{path} cannot be made: {error.strerror}") from error
    return key
