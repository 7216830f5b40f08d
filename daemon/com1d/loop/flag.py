"""A flag that tasks wait for, for what there are thousands of."""

import asyncio


class Flag:
    """Does as `asyncio.Event`, which keeps a queue of 600 bytes even where nobody waits."""

    __slots__ = ("_waiting", "is_set")

    def __init__(self) -> None:
        """Begin unset."""
        self.is_set = False
        self._waiting: tuple[asyncio.Future[None], ...] = ()

    def set(self) -> None:
        """Let all go on who wait, and nobody wait any more."""
        self.is_set = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    def clear(self) -> None:
        """Let those wait who come from now on."""
        self.is_set = False

    async def wait(self) -> None:
        """Return once it is set, or was set while this waited."""
        if self.is_set:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting = (*self._waiting, waiter)
        try:
            await waiter
        finally:
            self._waiting = tuple(one for one in self._waiting if one is not waiter)
