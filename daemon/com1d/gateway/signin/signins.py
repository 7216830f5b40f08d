"""Sign-ins: each lives in a sealed cookie of its browser, or before its time."""

import secrets
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from com1d.gateway.settings.values import Address
from com1d.gateway.signin.ended import Ended
from com1d.gateway.signin.seal import Seal
from com1d.gateway.signin.user import User
from com1d.values import dataclass


COOKIE_BYTES: Final = 3800
"""Of a cookie's value: browsers keep 4,096 bytes of it with its name and attributes."""

_KIND: Final = "sign-in"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who is signed in at one browser."""

    id: str
    user: User
    expires: float
    """Seconds of the epoch."""
    way: str
    """How: `link`, `oidc` or `header`."""


class SignIns:
    """Makes, finds and ends them."""

    def __init__(self, seal: Seal, url: Address, seconds: float, ended: Ended) -> None:
        self.ended = ended
        """Those that ended before their time."""
        self._seal = seal
        self._url = url
        self._seconds = seconds
        self.cookie = cookie_name("com1-sign-in", url)
        """The name of the cookie."""

    def begin(
        self, user: User, way: str, now: float, until: float | None = None
    ) -> tuple[SignIn, str]:
        """Sign a user in, `until` the provider's word ends at the latest; also give the seal.

        Groups that do not fit into a cookie are left out.
        """
        expires = min(now + self._seconds, until or float("inf"))
        made = SignIn(secrets.token_urlsafe(16), user, expires, way)
        while len(sealed := self._seal.close(_KIND, _claims(made, now), expires)) > COOKIE_BYTES:
            groups = made.user.groups[: len(made.user.groups) * 3 // 4]
            made = replace(made, user=replace(made.user, groups=groups))
        return made, sealed

    def of(self, request: web.BaseRequest, now: float) -> SignIn | None:
        """Give the sign-in of a request."""
        sealed = request.cookies.get(self.cookie)
        claims = self._seal.open(_KIND, sealed, now) if sealed else None
        if claims is None or self.ended.holds(claims["id"], claims.get("began", 0.0)):
            return None
        user = User(claims["name"], tuple(claims["groups"]), claims["mfa"], claims["shown"])
        return SignIn(claims["id"], user, claims["exp"], claims["way"])

    def end(self, signin: SignIn, now: float) -> None:
        """End a sign-in before its time, so that a copy of its cookie is worth nothing either."""
        self.ended.add(signin.id, signin.expires, now)

    def set_cookie(self, response: web.StreamResponse, sealed: str, seconds: float) -> None:
        """Give the browser its cookie."""
        set_cookie(response, self.cookie, sealed, self._url, seconds, "Strict")

    def drop_cookie(self, response: web.StreamResponse) -> None:
        """Take the cookie from the browser."""
        set_cookie(response, self.cookie, "", self._url, 0, "Strict")


def _claims(signin: SignIn, began: float) -> dict[str, Any]:
    user = signin.user
    return {
        "id": signin.id,
        "began": began,
        "name": user.name,
        "groups": user.groups,
        "mfa": user.second_factor,
        "shown": user.shown,
        "way": signin.way,
    }


def cookie_name(name: str, url: Address) -> str:
    """Give a cookie's name with the prefix that keeps other sites from setting it (RFC 6265bis).

    `__Host-` needs the path "/"; at a sub-path, the cookie is for that alone. Without TLS, which
    is on this host alone, browsers take no prefix.
    """
    if not url.is_secure:
        return name
    return f"__Host-{name}" if url.base == "/" else f"__Secure-{name}"


def set_cookie(
    response: web.StreamResponse, name: str, value: str, url: Address, seconds: float, site: str
) -> None:
    """Set a cookie that no script can read; `site` is its SameSite."""
    response.set_cookie(
        name, value, path=url.base, max_age=int(seconds), secure=url.is_secure, httponly=True,
        samesite=site,
    )  # fmt: skip
