"""The idle watch: ends an active session that types nothing for `idle_timeout`."""

import asyncio
from collections.abc import Callable

from com1d.core.carry import Packed, pack, restore
from com1d.core.session.idle import Idleness, Step


class IdleWatch:
    """The idle watch of one console with a limit. Without a session it costs nothing.

    It has one timer for each session. A key does not move it; one that fires too early is set
    again.
    """

    __slots__ = ("_end", "_idleness", "_limit", "_loop", "_timer", "_warn")

    def __init__(
        self, limit: float, warn: Callable[[float], None], end: Callable[[], None]
    ) -> None:
        """Allow `limit` seconds without input.

        `warn` is called with the seconds that are left until `end` is called.
        """
        self._limit = limit
        self._warn = warn
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._idleness: Idleness | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Idleness:
        """Watch a session that begins; its seat tells its `Idleness` of input."""
        self.stop()
        idleness = self._idleness = Idleness(self._limit, self._loop.time())
        self._arm(idleness)
        return idleness

    def hand_over(self) -> Packed:
        """Give since when the session has been idle."""
        return None if self._idleness is None else pack(self._idleness)

    def take_over(self, idleness: Idleness, packed: Packed) -> None:
        """Go on with the idleness of a session that another process has watched."""
        restore(idleness, packed)
        if self._timer is not None:
            self._timer.cancel()
        self._arm(idleness)

    def close(self) -> None:
        """Cancel all timers and drop the callbacks, because the console stops."""
        self.stop()
        self._warn = self._end = _nobody

    def stop(self) -> None:
        """Stop watching a session that has ended."""
        self._idleness = None
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, idleness: Idleness) -> None:
        self._timer = self._loop.call_at(idleness.deadline(), self._expire, idleness)

    def _expire(self, idleness: Idleness) -> None:
        step = idleness.expire(self._loop.time())
        if step is Step.END:
            self.stop()
            self._end()
            return
        if step is Step.WARN:
            self._warn(idleness.warning)
        if idleness is self._idleness:  # unless the warning found its client gone
            self._arm(idleness)


def _nobody(*_: float) -> None:
    """Call nobody."""
