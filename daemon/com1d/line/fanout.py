"""The fan-out of a guest's output to all who need each piece now."""

from collections.abc import Callable
from typing import TypeAlias


Taker: TypeAlias = Callable[[bytes], None]
"""Called with each piece of the stream."""


class Fanout:
    """Gives each piece first to the ring that stores it, then to the takers in order."""

    __slots__ = ("_store", "takers")

    def __init__(self, store: Taker) -> None:
        """Give each piece to `store`, a ring's `append`. There are no takers yet."""
        self._store = store
        self.takers: tuple[Taker, ...] = (store,)
        """The functions to call in order. `Intake` calls them itself, because `deliver` would be
        one more Python call for each port and tick."""

    def tell(self, *takers: Taker) -> None:
        """Set the takers, to be called with each piece after it was stored, from the next on."""
        self.takers = (self._store, *takers)

    def deliver(self, data: bytes) -> None:
        """Pass on what the guest printed."""
        for take in self.takers:
            take(data)
