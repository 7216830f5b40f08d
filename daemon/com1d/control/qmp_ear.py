"""The listener to QMP events: each as it comes, and no flood of them holds anybody up."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from qemu.qmp import EventListener, Message

from com1d.core.allowance import Allowance


EVENTS_AT_ONCE: Final = 100
EVENT_SECONDS: Final = 0.001
"""Events that are read at once, and the seconds for which the next is left to wait then: a
hypervisor that floods us with events, or a guest that has it do so, gets a tenth of a core; and an
answer behind all events that its socket holds comes within two seconds."""


class Ear(EventListener):
    """Passes events on as they come."""

    def __init__(self, hear: Callable[[str, Mapping[str, Any]], None]) -> None:
        super().__init__()
        self._hear_one = hear
        self._loop = asyncio.get_running_loop()
        self._allowance = Allowance(EVENTS_AT_ONCE, EVENT_SECONDS * 2)
        self._hears = True

    async def put(self, event: Message) -> None:
        """Pass on one event, and let the loop go on before the next. Raises where it is closed."""
        if not self._hears:
            raise EOFError  # the client reads no further
        self._hear_one(str(event["event"]), event)
        await asyncio.sleep(0 if self._allowance.take(self._loop.time()) else EVENT_SECONDS)

    def close(self) -> None:
        """Have nothing more read, however many events wait: the connection ends."""
        self._hears = False
