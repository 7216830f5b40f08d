"""One epoll for every port and client, itself one descriptor in the event loop.

The loop wakes once for all that became ready, and the daemon decides what to look at and when:
an asyncio reader per descriptor would cost a callback per byte that a guest prints.
"""

import asyncio
import select
from collections.abc import Callable
from typing import Final, TypeAlias

from com1d.loop.stalls import HoldTimes


IN: Final = select.EPOLLIN
OUT: Final = select.EPOLLOUT
ONCE: Final = select.EPOLLONESHOT

Ready: TypeAlias = Callable[[int], None]
"""Called with the epoll event bits of its descriptor."""

TURN_EVENTS: Final = 32
"""Descriptors served per turn. At 64 KiB and a few clients each that is a few milliseconds; what
else is ready stays ready, in the kernel's order, so that no flood starves the rest."""


class Poller:
    """Readiness of descriptors, delivered to callbacks in the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, holds: HoldTimes) -> None:
        """Join `loop`; `holds` is told how long each turn took."""
        self._loop = loop
        self._holds = holds
        self._epoll = select.epoll()
        self._ready: dict[int, Ready] = {}
        self._began = 0.0
        """Since when the loop was not free, up to the present turn."""
        loop.add_reader(self._epoll.fileno(), self._turn)

    def add(self, fd: int, events: int, ready: Ready) -> None:
        """Start polling `fd`. `ready` may be called without a reason, and has to tolerate that."""
        self._ready[fd] = ready
        self._epoll.register(fd, events)

    def modify(self, fd: int, events: int) -> None:
        """Poll `fd` for other events; hang-up and error are always among them."""
        self._epoll.modify(fd, events)

    def pause(self, fd: int, events: int, seconds: float) -> None:
        """Do not poll `fd` for some seconds, then poll it for `events` again."""
        ready = self._ready[fd]
        self.modify(fd, ONCE)

        def again() -> None:
            if self._ready.get(fd) is ready:
                self.modify(fd, events)

        self._loop.call_later(seconds, again)

    def remove(self, fd: int) -> None:
        """Stop polling `fd`. To be called before it is closed."""
        del self._ready[fd]
        self._epoll.unregister(fd)

    def close(self) -> None:
        """Leave the loop."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def glance(self) -> None:
        """Serve one descriptor, if any is ready, in the middle of a longer task."""
        self._began = self._holds.clock()
        self._serve(1)

    def passed_on(self, count: int) -> None:
        """Note that `count` bytes, for which this turn was made, are with everybody now."""
        self._holds.delivered.note(self._holds.clock() - self._began, count)

    def _turn(self) -> None:
        start = self._holds.clock()
        self._began = self._holds.not_free_since(start)
        self._serve(TURN_EVENTS)
        self._holds.note(self._holds.clock() - start)

    def _serve(self, most: int) -> None:
        ready = self._ready
        for fd, events in self._epoll.poll(0, most):
            # An earlier callback of this turn may have removed the descriptor.
            callback = ready.get(fd)
            if callback is not None:
                callback(events)
