"""From where a request comes, and whose word about that counts."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from aiohttp import web

from com1d.gateway.settings.values import Network


ADDRESS_CHARACTERS: Final = 45
"""Of an IPv6 address with an IPv4 address in it."""


def address_of(request: web.BaseRequest, proxies: Iterable[Network]) -> str:
    """Give the browser's address: what the nearest of our own proxies says, else the peer's."""
    peer = request.remote or ""
    if is_among(peer, proxies):
        said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return said if said.isprintable() and 0 < len(said) <= ADDRESS_CHARACTERS else peer
    return peer


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Say whether an address is in one of the networks."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(plain in network for network in networks)
