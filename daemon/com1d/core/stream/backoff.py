"""Back-off: how long to wait before a port is tried again."""

from dataclasses import dataclass
from typing import Final

from com1d.core.carried import carried


FIRST: Final = 0.01
"""Seconds before the second try: a VM that has bound its socket listens within that time, and is
refused until then. A VM that is down costs three tries more than with a tenth of a second."""

LONGEST: Final = 60.0
"""Seconds between tries in the long run: what a user waits at most where no watch tells sooner. It
is reached after as long a time as that: a VM that was down for five seconds is tried twice more
in the next five."""

SETTLED: Final = 1.0
"""Seconds that a line has to live before its end counts as news and not as one more failure. A
QEMU that dials in and dies at once redials once a second, so this keeps it from spinning."""


@carried(without={"first": "a constant", "longest": "a constant", "settled": "a constant"})
@dataclass(slots=True)
class Backoff:
    """The pauses of one port: each drawn between a bound and twice that, the bound doubling.

    The spread keeps the ports of a host, which often fail together, from being retried together.
    Every pause is at least `first` and at most `longest` seconds, which is at least twice `first`.
    """

    first: float = FIRST
    longest: float = LONGEST
    settled: float = SETTLED
    _bound: float = 0.0

    def failed(self, random: float) -> float:
        """Give the pause in seconds after a failed try. `random` is in [0, 1)."""
        bound = min(max(self._bound, self.first), self.longest / 2)
        self._bound = 2 * bound
        return bound * (1 + random)

    def ended(self, lived: float, random: float) -> float:
        """Give the pause after a line that was up for `lived` seconds: none if it had settled."""
        if lived < self.settled:
            return self.failed(random)
        self.reset()
        return 0.0

    def reset(self) -> None:
        """Begin anew, because something has changed: earlier failures mean nothing any more."""
        self._bound = 0.0
