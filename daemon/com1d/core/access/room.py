"""Whether one more client gets in: nobody takes all places, and some are kept for owners.

Everybody in the sockets' group may connect. Without shares, one of them could keep out all others,
and the owner who wants to send him away with them.
"""

from enum import Enum, auto
from typing import Final


SHARE: Final = 4
"""One user has at most one place in this many, but at least one."""

RESERVE: Final = 16
"""One place in this many is for owners: of 4,096, two hundred and fifty-six."""


class Rank(Enum):
    """Who asks for a place."""

    HOST = auto()
    """Root or an owner of the whole host."""
    GATEWAY = auto()
    """A user who speaks for many others."""
    OWNER = auto()
    """An owner of some consoles."""
    OTHER = auto()


def has_room(rank: Rank, clients: int, own: int, most: int) -> bool:
    """Tell whether there is a place, where `clients` have one, `own` of them the same user's."""
    if rank is Rank.HOST:
        return clients < most
    if rank is not Rank.GATEWAY and own >= max(1, most // SHARE):
        return False
    return clients < most - (0 if rank is Rank.OWNER else most // RESERVE)
