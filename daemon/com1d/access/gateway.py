"""For whom a request is made: the caller, or whom a gateway names.

The headers count from the users in `[[gateways]]` alone. From anybody else they are refused and not
ignored: whoever sends them believes that they work. The gateway answers for having asked who it is.
"""

from com1d.access.peer import Caller
from com1d.core.access.gateway import Claims, vouched
from com1d.errors import Forbidden


def speaker(caller: Caller | None, claims: Claims, gateways: frozenset[int]) -> Caller | None:
    """Give for whom a request is made: the caller himself or, with claims, whom he names.

    Raises `Forbidden` where the caller is no gateway, `BadRequest` where the claims are unclear.
    """
    if not claims:
        return caller
    if caller is None or caller.peer.uid not in gateways:
        raise Forbidden("only a gateway may say for whom it asks")
    peer, mfa = vouched(caller.peer, claims)
    return Caller(peer, caller.pid, caller.command, gateway=caller.user, mfa=mfa)
