"""An alarm: one timer for the earliest of many deadlines, most of which move to a later time."""

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls a function when a deadline has come. One that fires too early is set again then."""

    __slots__ = ("_due", "_expire", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, expire: Callable[[], None]) -> None:
        """Begin without a deadline. `expire` looks what is due, and sets the next."""
        self._loop = loop
        self._expire = expire
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def set(self, due: float | None) -> None:
        """Wake up at `due`, unless that is later than the time set already."""
        if due is None or (self._timer is not None and self._due <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self._wake)

    def close(self) -> None:
        """Wake up no more, and drop the callback."""
        if self._timer is not None:
            self._timer.cancel()
        self._expire = _nothing

    def _wake(self) -> None:
        self._timer = None
        self._expire()


def _nothing() -> None:
    """Do nothing: the alarm is closed."""
