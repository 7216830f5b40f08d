"""Who the claims of a provider speak of."""

from typing import Any

from com1d.gateway.settings.ways import OidcConfig
from com1d.gateway.signin.oidc.tokens import TokenRefusedError
from com1d.gateway.signin.user import User, fitting, is_name


def user_of(claims: dict[str, Any], config: OidcConfig) -> User:
    """Give the user. Raises `TokenRefusedError` where the claims have no name for him."""
    name = claims.get(config.user_claim)
    if not is_name(name):
        raise TokenRefusedError(f"the claim {config.user_claim} is no user's name: {name!r}"[:200])
    shown = claims.get("name")
    return User(
        str(name),
        fitting(_words(claims.get(config.groups_claim))),
        has_second_factor(claims, config),
        shown[:100] if isinstance(shown, str) and shown.isprintable() else "",
    )


def has_second_factor(claims: dict[str, Any], config: OidcConfig) -> bool:
    """Say whether the provider vouches for a second factor."""
    methods = set(_words(claims.get("amr")))
    return bool(methods & set(config.second_factor_amr)) or (
        claims.get("acr") in config.second_factor_acr
    )


def _words(value: object) -> list[str]:
    """Take a list of words; some providers give a single one as it is."""
    words = [value] if isinstance(value, str) else value
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
