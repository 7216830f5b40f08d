"""Stalls: how long single callbacks hold the event loop, which must never be over 10 ms.

Everything that runs in the loop goes through here: the poller's turns and the ticker's slices
measure themselves, and every task and every timer runs in a wrapper that measures it.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from time import perf_counter
from typing import Any, Final

from com1d.core.carried import carried
from com1d.loop.histogram import Histogram


WORTH_NOTING: Final = 0.001
"""Seconds. Shorter holds are normal and not counted."""

BOUNDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1.0)
"""Seconds: 10 ms is our promise, 24 ms the margin of a guest on a unix chardev."""


DELIVERED_WITHIN: Final = (
    *(0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005),
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0),
)
"""Seconds: from what a read alone takes to what a user calls a hang; 5 ms is the service level."""


@carried(without={"clock": "of the process", "_since": "of that clock", "_until": "of that clock"})
class HoldTimes:
    """The holds that are worth noting, and how soon guests' bytes were passed on."""

    __slots__ = ("_since", "_until", "clock", "delivered", "longest", "times")

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        """Begin with none.

        `clock` gives seconds; tests use the thread's CPU clock, free of noise.
        """
        self.clock = clock
        self.times = Histogram(BOUNDS)
        """The holds of `WORTH_NOTING` and more."""
        self.delivered = Histogram(DELIVERED_WITHIN)
        """For each byte of a guest, the longest that it can have waited until it was passed on to
        everybody: since the tick before, or since the loop was last free before the turn."""
        self.longest = 0.0
        """The longest hold so far, in seconds."""
        self._since = self._until = -math.inf

    def note(self, seconds: float) -> None:
        """Count one hold, which ends now."""
        self.longest = max(self.longest, seconds)
        if seconds >= WORTH_NOTING:
            self.times.note(seconds)
            until = self.clock()
            self._since = self.not_free_since(until - seconds)
            self._until = until

    def not_free_since(self, now: float) -> float:
        """Give when the hold began that ends `now`, or `now`: what is found may have come then.

        Holds with less than `WORTH_NOTING` between them are one: the loop did not look meanwhile.
        """
        return self._since if now - self._until < WORTH_NOTING else now

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Measure every step of every task that `loop` starts from now on, and every timer.

        For uvloop a time to call at is a delay, too.
        """
        call_later = loop.call_later

        def timer(
            delay: float,
            callback: Callable[..., object],
            *args: Any,
            context: Context | None = None,
        ) -> asyncio.TimerHandle:
            return call_later(delay, self._timed, callback, *args, context=context)

        def factory(
            loop: asyncio.AbstractEventLoop,
            coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
            **options: Any,
        ) -> asyncio.Task[Any]:
            return asyncio.Task(_Timed(coro, self), loop=loop, **options)

        loop.set_task_factory(factory)
        setattr(loop, "call_later", timer)  # noqa: B010 - to mypy a method is no place for another

    def _timed(self, callback: Callable[..., object], *args: Any) -> None:
        start = self.clock()
        try:
            callback(*args)
        finally:
            self.note(self.clock() - start)


class _Timed(Coroutine[Any, Any, Any]):
    """A coroutine that measures its own steps."""

    __slots__ = ("_coro", "_holds")

    def __init__(
        self, coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any], holds: HoldTimes
    ) -> None:
        self._coro = coro
        self._holds = holds

    def send(self, value: Any) -> Any:
        start = self._holds.clock()
        try:
            return self._coro.send(value)
        finally:
            self._holds.note(self._holds.clock() - start)

    def throw(self, *args: Any) -> Any:
        start = self._holds.clock()
        try:
            return self._coro.throw(*args)
        finally:
            del args  # the error has this frame in its traceback: only a collection would free it
            self._holds.note(self._holds.clock() - start)

    def close(self) -> None:
        self._coro.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        raise TypeError("only a task drives this")
