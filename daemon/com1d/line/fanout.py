"""The fan-out of a guest's output to all who need each piece now."""

from collections.abc import Callable
from typing import TypeAlias


Taker: TypeAlias = Callable[[bytes], None]
"""Called with each piece of the stream."""

Around: TypeAlias = Callable[[tuple[Taker, ...]], tuple[Taker, ...]]
"""Gives others in the place of takers, which call them: how a trace sees each piece."""


class Fanout:
    """Gives each piece first to the ring that stores it, then to the takers in order."""

    __slots__ = ("_around", "_store", "_told", "takers")

    def __init__(self, store: Taker) -> None:
        """Give each piece to `store`, a ring's `append`. There are no takers yet."""
        self._store = store
        self._told: tuple[Taker, ...] = (store,)
        self._around: Around | None = None
        self.takers: tuple[Taker, ...] = (store,)
        """The functions to call in order. `Intake` calls them itself, because `deliver` would be
        one more Python call for each port and tick."""

    def tell(self, *takers: Taker) -> None:
        """Set the takers, to be called with each piece after it was stored, from the next on."""
        told = self._told = (self._store, *takers)
        self.takers = told if self._around is None else self._around(told)

    def trace(self, around: Around | None) -> None:
        """Put something around the takers, or nothing any more: untraced pieces pay nothing."""
        self._around = around
        self.takers = self._told if around is None else around(self._told)

    @property
    def is_traced(self) -> bool:
        """Whether something is around the takers."""
        return self._around is not None

    def deliver(self, data: bytes) -> None:
        """Pass on what the guest printed."""
        for take in self.takers:
            take(data)
