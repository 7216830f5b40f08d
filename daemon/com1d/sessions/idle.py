"""Notices that the active session types nothing: `idle_timeout`."""

import asyncio
from collections.abc import Callable

from com1d.core.session.idle import Idleness, Step


class IdleWatch:
    """One console's, where there is a limit. While nobody is on it costs nothing.

    It has one timer for each session. A key moves no timer; when it fires too early it is set anew.
    """

    __slots__ = ("_end", "_idleness", "_limit", "_loop", "_timer", "_warn")

    def __init__(
        self, limit: float, warn: Callable[[float], None], end: Callable[[], None]
    ) -> None:
        """Allow `limit` seconds without input.

        `warn` is told how many seconds before `end` it is called.
        """
        self._limit = limit
        self._warn = warn
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._idleness: Idleness | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Idleness:
        """Watch a session that begins; whoever types for it tells its `Idleness`."""
        self.stop()
        idleness = self._idleness = Idleness(self._limit, self._loop.time())
        self._arm(idleness)
        return idleness

    def close(self) -> None:
        """Watch nobody, and call nobody, any more: the console goes."""
        self.stop()
        self._warn = self._end = _nobody

    def stop(self) -> None:
        """Watch no more: the session has ended."""
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
        if idleness is self._idleness:  # else the warning found its client gone
            self._arm(idleness)


def _nobody(*_: float) -> None:
    """Call nobody."""
