"""Delegated identity: a gateway says for whom it asks, and answers for having asked him who he is.

The headers count from the users in `[[gateways]]` alone. From anybody else they are refused and not
ignored: whoever sends them believes that they work.
"""

from typing import Final, TypeAlias

from com1d.access.peer import Caller
from com1d.core.access.policy import Peer
from com1d.errors import BadRequest, Forbidden


PREFIX: Final = "com1d-"
USER: Final = "com1d-user"
GROUPS: Final = "com1d-groups"
MFA: Final = "com1d-mfa"

NAME_CHARACTERS: Final = 256
"""Of a user or group: more than any directory's names have."""

Claims: TypeAlias = tuple[tuple[str, str], ...]
"""The headers of a request that begin with `com1d-`, in lower case."""


def speaker(caller: Caller | None, claims: Claims, gateways: frozenset[int]) -> Caller | None:
    """Give for whom a request is made: the caller himself or, with claims, whom he names.

    Raises `Forbidden` where the caller is no gateway, `BadRequest` where the claims are unclear.
    """
    if not claims:
        return caller
    if caller is None or caller.peer.uid not in gateways:
        raise Forbidden("only a gateway may say for whom it asks")
    said = dict(claims)
    if len(said) < len(claims):
        raise BadRequest("a header that begins with Com1d- is there twice")
    if unknown := said.keys() - {USER, GROUPS, MFA}:
        raise BadRequest(f"unknown header {min(unknown)!r}")
    user = _name(said.get(USER, ""), "Com1d-User")
    groups = [_name(group.strip(), "Com1d-Groups") for group in _list(said.get(GROUPS, ""))]
    vouched = frozenset((f"user:{user}", *(f"group:{group}" for group in groups)))
    peer = Peer(caller.peer.uid, caller.peer.gid, frozenset(), user, vouched)
    mfa = _flag(said.get(MFA, "false"))
    return Caller(peer, caller.pid, caller.command, gateway=caller.user, mfa=mfa)


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
