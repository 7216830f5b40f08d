"""Painting: computes a console's present screen for a client that asks for `replay=screen`.

64 KiB take a tenth of a second, computed in slices on the loop. Consoles take turns, a slice each,
so that many clients at one console, or a guest whose screen is expensive, do not keep the clients
of another waiting.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from time import perf_counter, thread_time
from typing import Final, NamedTuple

from com1d.core.screen import READ_MAX, Emulator, beginning
from com1d.core.stream.ring import Ring


SLICE_SECONDS: Final = 0.001
"""Seconds of computing before the loop goes on: less than a tick."""

BUDGET_SECONDS: Final = 1.0
"""Seconds of processor time for one screen, ten times what text takes. Output that takes longer was
made to."""

ROUNDS: Final = 4
"""How often bytes printed meanwhile are included. A guest that prints faster than its screen is
computed is not followed further; the client's stream begins where its screen ends in any case."""


class Painted(NamedTuple):
    """A painted screen, and the offset at which the stream goes on behind it."""

    ring: Ring
    offset: int
    data: bytes
    """Bytes that make a cleared terminal of that size show the screen."""


class Painter:
    """Computes screens for all consoles, one slice at a time."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._wanted: dict[Ring, deque[_Painting]] = {}
        """By console, a screen for each client that waits; bounded by the number of connections."""
        self._at_work: asyncio.Task[None] | None = None

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return "a screen is being painted" if self._wanted else ""

    async def paint(self, ring: Ring, rows: int, columns: int) -> Painted | None:
        """Compute the screen of a terminal of this size that has shown all of a ring.

        None where that takes too long.
        """
        painting = _Painting(ring, rows, columns)
        self._wanted.setdefault(ring, deque()).append(painting)
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work())
        return await painting.done

    async def _work(self) -> None:
        """Give each console a slice in turn, until nothing is left to do."""
        try:
            while self._wanted:
                for ring in tuple(self._wanted):
                    self._slice(ring)
                    await asyncio.sleep(0)
        finally:
            self._at_work = None

    def _slice(self, ring: Ring) -> None:
        queue = self._wanted[ring]
        if queue[0].goes_on():
            return
        queue.popleft()
        if not queue:
            del self._wanted[ring]


class _Painting:
    """One screen being computed."""

    def __init__(self, ring: Ring, rows: int, columns: int) -> None:
        self.done: asyncio.Future[Painted | None] = asyncio.get_running_loop().create_future()
        """The result; cancelled when its client no longer waits."""
        self._ring = ring
        self._emulator = Emulator(rows, columns)
        self._offset = 0
        self._parts: list[bytes] = []
        self._steps = self._all()
        self._left = BUDGET_SECONDS

    def goes_on(self) -> bool:
        """Compute for one slice; true while there is more to do."""
        if self.done.done():
            return False
        begun, until = thread_time(), perf_counter() + SLICE_SECONDS
        try:
            for _ in self._steps:
                if perf_counter() > until:
                    self._left -= thread_time() - begun
                    if self._left > 0:
                        return True
                    self.done.set_result(None)
                    return False
        except Exception as error:  # noqa: BLE001 - raised where the result is awaited
            self.done.set_exception(error)
        else:
            data = b"".join(self._parts)
            self.done.set_result(Painted(self._ring, self._offset, data))
        return False

    def _all(self) -> Iterator[None]:
        """Read the ring, then what came meanwhile, and paint the result."""
        ring = self._ring
        self._offset = max(ring.start, ring.end - READ_MAX)
        data = ring.read(self._offset, READ_MAX)
        self._offset += len(data)
        cut = beginning(data) if self._offset > len(data) else 0
        yield from self._emulator.read(data[cut:])
        for _ in range(ROUNDS):
            if not ring.start <= self._offset < ring.end:
                break
            data = ring.read(self._offset, READ_MAX)
            self._offset += len(data)
            yield from self._emulator.read(data)
        for part in self._emulator.paint():
            self._parts.append(part)
            yield
