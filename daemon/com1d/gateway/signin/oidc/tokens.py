"""ID tokens: what has to be true before anything in one counts (OpenID Connect Core 3.1.3.7)."""

from math import isfinite
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from com1d.errors import Com1Error
from com1d.values import dataclass


SKEW_SECONDS: Final = 60.0
"""By which the provider's clock may differ from ours."""

AGE_SECONDS: Final = 600.0
"""How old a token may be that was asked for just now."""


class TokenRefusedError(Com1Error):
    """A token does not prove anything. The text says why; it is for the log alone."""


class UnknownKeyError(TokenRefusedError):
    """The token is signed by a key that is not among those known: it may be a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: tuple[str, ...]


def proven(token: str, keys: KeySet, expected: Expected, now: float) -> dict[str, Any]:
    """Give the claims of an ID token. Raises `TokenRefusedError`."""
    try:
        claims = jwt.decode(token, keys, algorithms=expected.algorithms).claims
    except InvalidKeyIdError as error:
        raise UnknownKeyError(str(error)) from None
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefusedError(f"{type(error).__name__}: {error}") from None
    if wrong := _wrong(claims, expected, now):
        raise TokenRefusedError(wrong)
    return claims


def _wrong(claims: dict[str, Any], expected: Expected, now: float) -> str | None:
    """Say what is wrong with signed claims."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", expected.client_id)
    checks = {
        f"iss is {claims.get('iss')!r}": claims.get("iss") != expected.issuer,
        f"aud is {audience!r}": expected.client_id not in audiences,
        f"azp is {party!r}": party != expected.client_id,
        "there are several audiences and no azp": len(audiences) > 1 and "azp" not in claims,
        "nonce is another one": claims.get("nonce") != expected.nonce,
        "sub is missing": not (isinstance(claims.get("sub"), str) and claims["sub"]),
    }
    return next((said for said, wrong in checks.items() if wrong), None) or _wrong_time(claims, now)


def _wrong_time(claims: dict[str, Any], now: float) -> str | None:
    times = {name: claims.get(name) for name in ("exp", "iat", "nbf")}
    numbers = {
        name: time for name, time in times.items()
        if isinstance(time, int | float) and not isinstance(time, bool) and isfinite(time)
    }  # fmt: skip
    if not {"exp", "iat"} <= numbers.keys() or (times["nbf"] is not None and "nbf" not in numbers):
        return "exp, iat or nbf is no time"
    if numbers["exp"] <= now - SKEW_SECONDS:
        return "it has expired"
    if not now - AGE_SECONDS <= numbers["iat"] <= now + SKEW_SECONDS:
        return "it was not issued just now"
    if numbers.get("nbf", now) > now + SKEW_SECONDS:
        return "it is not valid yet"
    return None
