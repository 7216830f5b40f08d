"""One-time links: a token that turns into a sign-in once, within five minutes."""

import hashlib
import secrets
from typing import Final

from com1d.gateway.signin.user import User


LINK_SECONDS: Final = 300.0
"""How long a link works: long enough to carry it to a telephone."""

LINKS_MAX: Final = 256
"""Links that wait to be used; the oldest goes first. A user needs one."""

LINKS_OF_ONE: Final = 4
"""The same of one user, who would else push out the others'."""

TOKEN_BYTES: Final = 32


class Links:
    """The links that wait. Only digests are kept, so that memory holds no token."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, tuple[User, float]] = {}

    def mint(self, user: User, now: float) -> str:
        """Make a token for `user`."""
        own = [digest for digest, (one, _) in self._waiting.items() if one.name == user.name]
        for digest in own[: max(0, len(own) + 1 - LINKS_OF_ONE)]:
            del self._waiting[digest]
        while len(self._waiting) >= LINKS_MAX:
            del self._waiting[next(iter(self._waiting))]
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._waiting[_digest(token)] = user, now + LINK_SECONDS
        return token

    def user_of(self, token: str, now: float) -> User | None:
        """Give the user of a token, which waits on."""
        user, expires = self._waiting.get(_digest(token), (None, 0.0))
        return user if now < expires else None

    def redeem(self, token: str, now: float) -> User | None:
        """Give the user of a token, once."""
        user, expires = self._waiting.pop(_digest(token), (None, 0.0))
        return user if now < expires else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
