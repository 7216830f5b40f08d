"""The heartbeat of event streams: each is asked for a sign of life, so that no dead one stays."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final, Generic, TypeVar


PING_SECONDS: Final = 30.0
"""How long a subscriber may take to answer a ping, and how often it is sent one."""

SLICE: Final = 32
"""Subscribers that are asked before the loop goes on."""

T = TypeVar("T")


class Heartbeat(Generic[T]):
    """Asks each of a changing collection again and again, while there is any."""

    def __init__(self, living: Collection[T], ask: Callable[[T], None]) -> None:
        """Call `ask` for each of `living`, every `PING_SECONDS`."""
        self._living = living
        self._ask = ask
        self._timer: asyncio.TimerHandle | None = None
        self._due: list[T] = []

    def start(self) -> None:
        """Begin to beat; there is somebody now."""
        if self._timer is None:
            self._set()

    def stop(self) -> None:
        """Stop beating."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due.clear()

    def _set(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PING_SECONDS, self._beat)

    def _beat(self) -> None:
        self._due.extend(self._living)
        self._round()

    def _round(self) -> None:
        """Ask some, and go on in the loop's next turn."""
        part, self._due = self._due[:SLICE], self._due[SLICE:]
        for one in part:
            if one in self._living:
                self._ask(one)
        if self._timer is None:
            return
        if self._due:
            self._timer = asyncio.get_running_loop().call_later(0, self._round)
        else:
            self._set()
