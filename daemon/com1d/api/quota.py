"""A quota: so many costly answers at once for each user; the next ones wait for their turn."""

import asyncio
from collections.abc import Hashable
from typing import Final

from com1d.errors import TooManyClients


TURN_SECONDS: Final = 30.0
"""How long an answer waits for its turn: as long as one may go unread before it is given up."""


class Quota:
    """At most so many at once for each user."""

    def __init__(self, most: int, what: str) -> None:
        """Allow `most` to each user; `what` names them in a refusal."""
        self._most = most
        self._what = what
        self._of: dict[Hashable, _Turns] = {}

    async def take(self, user: Hashable) -> "Share":
        """Wait for a turn, to be ended by the share that this gives. Raises `TooManyClients`."""
        turns = self._of.setdefault(user, _Turns(self._most))
        turns.interested += 1
        share = Share(self, user)
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await turns.free.acquire()
        except BaseException as error:
            self._leave(user)
            if isinstance(error, TimeoutError):
                raise TooManyClients(f"you have {self._most} {self._what} under way") from None
            raise
        return share

    def end(self, user: Hashable) -> None:
        """Let the user's next one have its turn."""
        self._of[user].free.release()
        self._leave(user)

    def _leave(self, user: Hashable) -> None:
        turns = self._of[user]
        turns.interested -= 1
        if not turns.interested:
            del self._of[user]


class Share:
    """One turn of a user."""

    __slots__ = ("_is_held", "_quota", "_user")

    def __init__(self, quota: Quota, user: Hashable) -> None:
        """Hold it until `end`."""
        self._quota = quota
        self._user = user
        self._is_held = True

    def end(self) -> None:
        """Give it back; again does nothing."""
        if self._is_held:
            self._is_held = False
            self._quota.end(self._user)


class _Turns:
    """What a user has under way."""

    __slots__ = ("free", "interested")

    def __init__(self, most: int) -> None:
        self.free = asyncio.Semaphore(most)
        self.interested = 0
        """Those that have a turn, and those that wait for one."""
