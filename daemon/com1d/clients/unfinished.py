"""Messages that have begun to come in and are not whole: bounded in memory and in time."""

import asyncio
from collections.abc import Callable
from typing import Final


MESSAGES_BYTES: Final = 64 * 1024 * 1024
"""Of all clients together; over it, the one that holds most is closed. It bounds what two thousand
clients can make the daemon hold."""

MESSAGE_SECONDS: Final = 10.0
"""How long a message may take to come in, of the time in which the client is read: the longest one
takes 2 s on a line of 10 Mbit/s."""


class Budget:
    """What all clients' unfinished messages take together."""

    def __init__(self, limit: int = MESSAGES_BYTES) -> None:
        """Allow `limit` bytes."""
        self.limit = limit
        self.used = 0
        self._held: dict[Unfinished, int] = {}

    def account(self, holder: "Unfinished", size: int) -> None:
        """Take note that `holder` has `size` bytes now. Over the limit, the largest has to go."""
        self.used += size - self._held.pop(holder, 0)
        if size:
            self._held[holder] = size
        while self.used > self.limit:
            largest = max(self._held, key=self._held.__getitem__)
            self.used -= self._held.pop(largest)
            largest.evict()


class Unfinished:
    """One client's message on its way in."""

    __slots__ = ("_budget", "_expired", "_timer", "evict", "pending")

    def __init__(
        self, budget: Budget, *, evict: Callable[[], None], expired: Callable[[], None]
    ) -> None:
        """Hold nothing yet.

        `evict` is called when the budget is used up and this is the largest; `expired`, when the
        message has taken too long.
        """
        self._budget = budget
        self._expired = expired
        self._timer: asyncio.TimerHandle | None = None
        self.evict = evict
        self.pending = False
        """Whether a message has begun. An attribute, because every key asks for it."""

    def hold(self, size: int) -> None:
        """Take note that `size` bytes of a message are there, and that the rest is not."""
        if not self.pending:
            self.pending = True
            self.wait()
        self._budget.account(self, size)

    def wait(self) -> None:
        """Allow the message its time from now on."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(MESSAGE_SECONDS, self._expired)

    def finish(self) -> None:
        """Take note that nothing is unfinished any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.pending = False
        self._budget.account(self, 0)

    def close(self) -> None:
        """Finish for good, and drop the callbacks."""
        self.finish()
        self.evict = self._expired = _nobody


def _nobody() -> None:
    """Tell nobody: the client has left."""
