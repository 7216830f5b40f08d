"""What a guest prints, on its way to everybody who has to know of it now."""

from collections.abc import Callable
from typing import TypeAlias


Taker: TypeAlias = Callable[[bytes], None]
"""Is given each piece of the stream."""


class Fanout:
    """Gives each piece to its takers, in their order: first to the one who stores it."""

    __slots__ = ("_store", "takers")

    def __init__(self, store: Taker) -> None:
        """Give each piece to `store`, a ring's `append`, and so far to nobody else."""
        self._store = store
        self.takers: tuple[Taker, ...] = (store,)
        """To be called one after the other. `Intake` does so itself: `deliver` would be a call more
        for each port and tick."""

    def tell(self, *takers: Taker) -> None:
        """Let these hear of each piece once it is stored, from the next piece on."""
        self.takers = (self._store, *takers)

    def deliver(self, data: bytes) -> None:
        """Pass on what the guest printed."""
        for take in self.takers:
            take(data)
