"""The user for whom a request is made: the caller himself, or the user that a gateway names.

The headers count only from users listed in `[[gateways]]`. From anybody else they are refused and
not ignored, because a client that sends them believes that they work. The gateway is responsible
for having authenticated its user.
"""

from com1d.access.peer import Caller
from com1d.core.access.gateway import Claims, vouched
from com1d.errors import Forbidden
from com1d.wire.origin import Origin


def speaker(caller: Caller | None, claims: Claims, gateways: frozenset[int]) -> Caller | None:
    """Give the user for whom a request is made: the caller or, with claims, the user he names.

    Raises `Forbidden` where the caller is no gateway, `BadRequest` where the claims are unclear.
    """
    if not claims:
        return caller
    if caller is None or caller.peer.uid not in gateways:
        raise Forbidden("only a user listed in [[gateways]] may send Com1d- headers")
    peer, mfa = vouched(caller.peer, claims)
    origin = Origin(gateway=caller.user)  # so that a gateway's "root" does not look like root
    return Caller(peer, caller.pid, caller.command, caller.user, mfa, origin)
