"""Values that only the gateway's settings have: the URL of the page, and where to listen."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from com1d.config.settings.addresses import host_and_port
from com1d.config.settings.setting import RefusedValueError


_BASE: Final = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*")
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
