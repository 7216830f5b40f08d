"""The length of a tick: interrupt moderation for consoles.

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
)
_CROWD: Final = 0.012
"""Half of what a unix chardev's 279 bytes last, 24 ms at line rate: a tick that comes late must not
hold a guest up."""


def tick(busy: int) -> float:
    """Give the seconds from one tick to the next for `busy` streaming ports."""
    for limit, seconds in _TICKS:
        if busy <= limit:
            return seconds
    return _CROWD


_BRISK_SECONDS: Final = 0.0006
"""Between two readings of a guest that fills its line within a tick. 279 bytes last it 1 to 3 ms;
twice as often, guests under QEMU got no further (bench/README.md)."""

_BRISK_SECONDS_EACH: Final = 0.00008
"""Five times what a reading of a Unix socket takes with its client: brisk ports use a fifth of the
core. At half of it, sixteen that had more at once held the loop, and keys waited
(bench/README.md)."""


def readings(busy: int, brisk: int) -> int:
    """Give how often in a tick `brisk` of `busy` streaming ports are read, at least once."""
    wanted = max(_BRISK_SECONDS, brisk * _BRISK_SECONDS_EACH)
    return max(1, int(tick(busy) / wanted))
