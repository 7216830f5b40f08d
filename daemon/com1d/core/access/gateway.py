"""Delegated identity: the headers in which a gateway says for whom it asks."""

from typing import Final, TypeAlias

from com1d.core.access.policy import Peer
from com1d.errors import BadRequest


PREFIX: Final = "com1d-"
USER: Final = "com1d-user"
GROUPS: Final = "com1d-groups"
MFA: Final = "com1d-mfa"

NAME_CHARACTERS: Final = 256
"""Of a user or group: more than any directory's names have."""

Claims: TypeAlias = tuple[tuple[str, str], ...]
"""The headers of a request that begin with `com1d-`, in lower case."""


def vouched(gateway: Peer, claims: Claims) -> tuple[Peer, bool]:
    """Give whom `gateway` speaks for, and whether it vouches for a multi-factor sign-in.

    Raises `BadRequest` where the claims are unclear.
    """
    said = dict(claims)
    if len(said) < len(claims):
        raise BadRequest("a header that begins with Com1d- is there twice")
    if unknown := said.keys() - {USER, GROUPS, MFA}:
        raise BadRequest(f"unknown header {min(unknown)!r}")
    user = _name(said.get(USER, ""), "Com1d-User")
    groups = [_name(group.strip(), "Com1d-Groups") for group in _list(said.get(GROUPS, ""))]
    principals = frozenset((f"user:{user}", *(f"group:{group}" for group in groups)))
    mfa = _flag(said.get(MFA, "false"))
    return Peer(gateway.uid, gateway.gid, frozenset(), user, principals), mfa


def _name(text: str, header: str) -> str:
    """Take a name that could stand in `[[roles]]`; a comma separates groups."""
    plain = text.isprintable() and text == text.strip() and not set(":,") & set(text)
    if not (plain and 0 < len(text) <= NAME_CHARACTERS):
        raise BadRequest(f"{header}: {text!r} is no name")
    return text


def _list(text: str) -> list[str]:
    return text.split(",") if text.strip() else []


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise BadRequest('Com1d-Mfa is "true" or "false"')
    return text == "true"
