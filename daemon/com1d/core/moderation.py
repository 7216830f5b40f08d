"""How often busy ports are served: interrupt moderation for consoles.

A guest's UART emits one byte per write, so a daemon that wakes for each byte burns a core on a few
dozen talking guests. While ports stream, they are served in ticks instead. A tick is the longest
that a byte may wait, so it is short for few ports and grows with their number, which is when
waking rarely pays most.
"""

from typing import Final


_TICKS: Final = (
    # up to this many busy ports: seconds
    (64, 0.0025),
    (128, 0.004),
    (512, 0.008),
)
_CROWD: Final = 0.016
"""More than 512 talking guests: still no more than two thirds of what a unix chardev's 279 bytes
last (24 ms at line rate), which is the bound that no tick may come near."""


def tick(busy: int) -> float:
    """Give the seconds from one tick to the next for `busy` streaming ports."""
    for limit, seconds in _TICKS:
        if busy <= limit:
            return seconds
    return _CROWD
