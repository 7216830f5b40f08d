"""What a hypervisor tells of a VM, at a rate that a guest or hypervisor cannot choose."""

import asyncio
from collections.abc import Callable
from typing import Final

from com1d.control import VmEvent, What
from com1d.core.allowance import Allowance


AT_ONCE: Final = 10
SECONDS: Final = 0.1
"""Events told at once, and the seconds until each is told again: ten a second, where a VM that is
restarted by hand has five in all. More are counted."""

LATER_SECONDS: Final = 1.0
"""When the count is told, and of each kind of event the last one that was passed over: so what the
VM came to is told in any case."""


class VmNews:
    """Passes events on, and counts those that come too fast."""

    def __init__(self, tell: Callable[[VmEvent], None]) -> None:
        """Call `tell` for each event that is passed on."""
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._allowance = Allowance(AT_ONCE, SECONDS)
        self._last: dict[What, VmEvent] = {}
        """Of each kind the last that was passed over, in their order; bounded by the kinds."""
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, event: VmEvent) -> None:
        """Take an event of the hypervisor."""
        if self._timer is None and self._allowance.take(self._loop.time()):
            self._tell(event)
            return
        if self._timer is None:
            self._timer = self._loop.call_later(LATER_SECONDS, self._later)
        else:
            self._allowance.pass_over()
        self._last.pop(event.what, None)
        self._last[event.what] = event

    @property
    def waits(self) -> bool:
        """Whether some are held, to be told a little later."""
        return bool(self._last)

    def close(self) -> None:
        """Tell nothing more, and drop the callback."""
        if self._timer is not None:
            self._timer.cancel()
        self._tell = _nobody

    def _later(self) -> None:
        self._timer = None
        last, self._last = self._last, {}
        skipped = self._allowance.passed_over() - len(last)
        if skipped:
            self._tell(VmEvent(What.SKIPPED, f"{skipped} events within {LATER_SECONDS:g} s"))
        for event in last.values():
            self._tell(event)


def _nobody(_event: VmEvent) -> None:
    """Tell nobody: the console is gone."""
