"""One epoll for every port and client, itself one descriptor in the event loop.

The loop wakes once for all that became ready, and the daemon decides what to look at and when:
an asyncio reader per descriptor would cost a callback per byte that a guest prints.

Ports that flood have an epoll of their own. They are ready nearly always, and an epoll serves in
turns: in one with sixty of them, a key would wait for all the others' pieces.
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
"""Descriptors that the kernel is asked for at once; what else is ready stays ready, in the kernel's
order, so that no flood starves the rest."""

SLICE_SECONDS: Final = 0.002
"""Seconds after which a turn ends, and the loop does its other work. Most descriptors take 50 us,
but an echo that a paste follows takes one or two milliseconds, and a long message five."""

STRIDE: Final = 4
"""Floods served before a glance at what else is ready: a fraction of a millisecond."""


class Poller:
    """Readiness of descriptors, delivered to callbacks in the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, holds: HoldTimes) -> None:
        """Join `loop`; `holds` is told how long each turn took."""
        self._loop = loop
        self._holds = holds
        self._epoll = select.epoll()
        self._floods = select.epoll()
        self._flooding: set[int] = set()
        """Descriptors in `_floods`; the others are in `_epoll`."""
        self._ready: dict[int, Ready] = {}
        self._rest: list[tuple[int, int]] = []
        """What the kernel has given, and the turn had no time for: it may not give it again."""
        self._again: asyncio.Handle | None = None
        """The turn for that."""
        self._rest_of_floods: list[tuple[int, int]] = []
        self._began = 0.0
        """Since when the loop was not free, up to the present turn."""
        loop.add_reader(self._epoll.fileno(), self._turn)
        loop.add_reader(self._floods.fileno(), self._flood_turn)

    def add(self, fd: int, events: int, ready: Ready) -> None:
        """Start polling `fd`. `ready` may be called without a reason, and has to tolerate that."""
        self._ready[fd] = ready
        self._epoll.register(fd, events)

    def modify(self, fd: int, events: int, *, floods: bool = False) -> None:
        """Poll `fd` for other events; hang-up and error are always among them.

        One that floods gives way to all others.
        """
        if floods is (fd in self._flooding):
            self._home(fd).modify(fd, events)
            return
        self._home(fd).unregister(fd)
        if floods:
            self._flooding.add(fd)
        else:
            self._flooding.discard(fd)
        self._home(fd).register(fd, events)

    def _home(self, fd: int) -> select.epoll:
        return self._floods if fd in self._flooding else self._epoll

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
        self._home(fd).unregister(fd)
        self._flooding.discard(fd)

    def close(self) -> None:
        """Leave the loop."""
        for epoll in (self._epoll, self._floods):
            self._loop.remove_reader(epoll.fileno())
            epoll.close()
        if self._again is not None:
            self._again.cancel()

    def glance(self) -> None:
        """Serve one descriptor, if any but a flood is ready, in the middle of a longer task."""
        self._began = self._holds.clock()
        for fd, events in self._epoll.poll(0, 1):
            self._serve(fd, events)

    def passed_on(self, count: int) -> None:
        """Note that `count` bytes, for which this turn was made, are with everybody now."""
        self._holds.delivered.note(self._holds.clock() - self._began, count)

    def _turn(self) -> None:
        """Serve what is ready, in turns of `SLICE_SECONDS`."""
        clock = self._holds.clock
        start = clock()
        self._began = self._holds.not_free_since(start)
        found, self._rest = self._rest or self._epoll.poll(0, TURN_EVENTS), []
        for count, (fd, events) in enumerate(found, 1):
            self._serve(fd, events)
            if clock() - start >= SLICE_SECONDS and (rest := found[count:]):
                self._rest = rest
                self._again = self._loop.call_soon(self._turn)
                break
        self._holds.note(clock() - start)

    def _flood_turn(self) -> None:
        """Serve floods in the same way. They stay ready, so the loop comes back for their rest."""
        clock = self._holds.clock
        start = clock()
        began = self._holds.not_free_since(start)
        found, self._rest_of_floods = self._rest_of_floods or self._floods.poll(0, TURN_EVENTS), []
        for count, (fd, events) in enumerate(found):
            if count and not count % STRIDE:
                self.glance()
            if count and clock() - start >= SLICE_SECONDS:
                self._rest_of_floods = found[count:]
                break
            self._began = began
            self._serve(fd, events)
        self._holds.note(clock() - start)

    def _serve(self, fd: int, events: int) -> None:
        # An earlier callback of this turn may have removed the descriptor.
        callback = self._ready.get(fd)
        if callback is not None:
            callback(events)
