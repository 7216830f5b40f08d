"""Ways to sign in beside one-time links, as `web.toml` sets them."""

from pathlib import Path
from typing import Annotated, Final

from com1d.config.settings.addresses import parse_file
from com1d.config.settings.setting import Setting
from com1d.gateway.settings.values import (
    Network,
    parse_algorithms,
    parse_issuer,
    parse_networks,
    parse_text,
    parse_words,
    spell_words,
)
from com1d.values import dataclass


SIGNED_BY_KEYS: Final = ("RS256", "ES256", "PS256", "EdDSA")
"""Signatures by a key of the provider alone. What a shared secret signs, anybody who has it forges,
and `none` is none."""


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """The table [oidc]: an identity provider."""

    issuer: Annotated[
        str, Setting(parse_issuer, "the provider's issuer", example='"https://login.example/main"')
    ]
    client_id: Annotated[
        str, Setting(parse_text, "as the provider knows com1-web", example='"com1"')
    ]
    client_secret: Annotated[
        Path | None,
        Setting(
            parse_file,
            "a file with the secret; without, PKCE alone proves that it is the same browser",
            example='"/etc/com1d/oidc.secret"',
        ),
    ] = None
    name: Annotated[str, Setting(parse_text, "what the page calls it")] = "your organisation"
    scopes: Annotated[tuple[str, ...], Setting(parse_words, "what is asked for", spell_words)] = (
        "openid",
        "profile",
        "email",
    )
    user_claim: Annotated[str, Setting(parse_text, "the claim that is the user's name")] = (
        "preferred_username"
    )
    groups_claim: Annotated[str, Setting(parse_text, "the claim that lists his groups")] = "groups"
    second_factor_amr: Annotated[
        tuple[str, ...],
        Setting(parse_words, "any of these in `amr` is a second factor (RFC 8176)", spell_words),
    ] = ("mfa",)
    second_factor_acr: Annotated[
        tuple[str, ...],
        Setting(parse_words, "any of these as `acr` is one, too, and is asked for", spell_words),
    ] = ()
    algorithms: Annotated[
        tuple[str, ...], Setting(parse_algorithms, "signatures that count", spell_words)
    ] = SIGNED_BY_KEYS


@dataclass(frozen=True, slots=True)
class HeaderConfig:
    """The table [header]: a proxy in front has signed its users in, and says so in headers."""

    user: Annotated[str, Setting(parse_text, "the header with the user's name")] = "X-Remote-User"
    groups: Annotated[str, Setting(parse_text, "the header with his groups, with commas")] = (
        "X-Remote-Groups"
    )
    second_factor: Annotated[
        str, Setting(parse_text, "the header that is `true` after a second factor")
    ] = "X-Remote-Mfa"
    addresses: Annotated[
        tuple[Network, ...],
        Setting(parse_networks, "from where it counts", spell_words),
    ] = ()
    client_ca: Annotated[
        Path | None,
        Setting(
            parse_file,
            "or whoever has a TLS certificate by this authority",
            example='"/etc/com1d/proxy-ca.crt"',
        ),
    ] = None
    logout: Annotated[
        str | None,
        Setting(parse_issuer, "where one signs out", example='"https://login.example/logout"'),
    ] = None
