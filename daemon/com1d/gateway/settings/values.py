"""Values that only the gateway's settings have: the URL of the page, and where to listen."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from com1d.config.settings.addresses import host_and_port
from com1d.config.settings.setting import RefusedValueError


_BASE: Final = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*")
_WORD: Final = re.compile(r"[!-~]{1,256}")
_BY_KEY: Final = re.compile("(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519")

TEXT_CHARACTERS: Final = 256
"""Of a claim's, header's or client's name."""

Network: TypeAlias = IPv4Network | IPv6Network

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """The URL of the page, taken apart."""

    scheme: str
    host: str
    """As in a URL, an IPv6 address in brackets."""
    port: int
    base: str
    """The path; it begins and ends with a slash."""

    @property
    def is_secure(self) -> bool:
        """Whether browsers speak TLS to whatever stands in front."""
        return self.scheme == "https"

    @property
    def origin(self) -> str:
        """The page's origin, as browsers send it (RFC 6454)."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def text(self) -> str:
        """The URL."""
        return f"{self.origin}{self.base}"


def parse_url(value: object) -> Address:
    """Read the URL of the page: scheme, host, port and the path that all others begin with."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        if parts.query or parts.fragment or parts.username is not None or not parts.hostname:
            raise RefusedValueError
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        host, port = host_and_port(f"{parts.netloc.removesuffix(f':{parts.port}')}:{port}")
    except (ValueError, KeyError):
        raise RefusedValueError(
            'must be a URL such as "https://console.example/" or "https://www.example/com1/"'
        ) from None
    base = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    if not _BASE.fullmatch(base) or {".", ".."} & set(base.split("/")):
        raise RefusedValueError("must have a path of letters, digits, and . _ ~ - alone")
    return Address(parts.scheme, f"[{host}]" if ":" in host else host, port, base)


def spell_url(url: Address) -> str:
    """Spell it as TOML does."""
    return f'"{url.text}"'


def parse_address(value: object) -> tuple[str, int]:
    """Read where to listen: an IP address, since a name would decide who can connect."""
    try:
        host, port = host_and_port(value if isinstance(value, str) else "")
        if host != "localhost":
            ip_address(host)
    except ValueError:
        raise RefusedValueError('must be an IP address and a port, such as "0.0.0.0:443"') from None
    return host, port


def parse_issuer(value: object) -> str:
    """Read a URL as it is: https, or http on this host alone."""
    text = value if isinstance(value, str) and value.isprintable() and " " not in value else ""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if host and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        return text
    raise RefusedValueError("must be a URL that begins with https://")


def parse_text(value: object) -> str:
    """Read a short text."""
    if isinstance(value, str) and 0 < len(value) <= TEXT_CHARACTERS and value.isprintable():
        return value
    raise RefusedValueError(f"must be 1 to {TEXT_CHARACTERS} printable characters")


def parse_words(value: object) -> tuple[str, ...]:
    """Read a list of words."""
    if isinstance(value, list) and all(
        isinstance(word, str) and _WORD.fullmatch(word) for word in value
    ):
        return tuple(value)
    raise RefusedValueError('must be a list of words, such as ["openid", "profile"]')


def parse_algorithms(value: object) -> tuple[str, ...]:
    """Read names of signatures by a key (RFC 7518)."""
    words = parse_words(value)
    if words and all(_BY_KEY.fullmatch(word) for word in words):
        return words
    raise RefusedValueError('must be signatures by a public key, such as ["RS256", "ES256"]')


def parse_networks(value: object) -> tuple[Network, ...]:
    """Read a list of addresses and networks."""
    try:
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(ip_network(word) for word in value)
    except ValueError:
        pass
    raise RefusedValueError('must be a list of addresses, such as ["192.0.2.10", "2001:db8::/64"]')


def spell_words(words: Iterable[object]) -> str:
    """Spell a list as TOML does."""
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def is_loopback(host: str) -> bool:
    """Say whether a host, as it is written, can be reached from this host alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
