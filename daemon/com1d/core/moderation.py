"""How often busy ports are served: interrupt moderation for consoles.

A guest's UART emits one byte per write, so a daemon that wakes for each byte burns a core on a few
dozen talking guests. While ports stream, they are served in ticks instead. A tick is the longest
that a byte may wait, so it is short for few ports and grows with their number, which is when
waking rarely pays most. With many ports it is cut into phases, a slice of the ports each: between
two phases a key just typed, or the first byte of a port that was quiet, gets through at once.
"""

from typing import Final, NamedTuple


class Pace(NamedTuple):
    """The rhythm for one number of busy ports."""

    interval: float
    """Seconds from one phase to the next."""
    phases: int
    """Phases in a tick. Every busy port is served once a tick."""


_PACES: Final = (
    # up to this many busy ports: a tick of interval x phases
    (64, Pace(0.0025, 1)),  # so few that one slice of them all lets a key through soon enough
    (128, Pace(0.002, 2)),
    (512, Pace(0.002, 4)),
)
_CROWD: Final = Pace(0.002, 8)
"""More than 512 talking guests: 16 ms is still half of what a unix chardev's 279 bytes last (24 ms
at line rate), which is the bound that no tick may come near."""


def pace(busy: int) -> Pace:
    """Give the rhythm for `busy` streaming ports."""
    for limit, choice in _PACES:
        if busy <= limit:
            return choice
    return _CROWD
