"""Computes the present screen of a console for a client that attaches in the middle.

64 KiB take a tenth of a second. That is sliced on the loop, as all that computes; and only one
screen is computed at a time, so that a crowd that attaches is a queue and not a hold.
"""

import asyncio
from collections.abc import Iterator
from time import perf_counter
from typing import Final, NamedTuple, TypeVar

from com1d.core.screen import READ_MAX, Emulator, beginning
from com1d.core.stream.ring import Ring


SLICE_SECONDS: Final = 0.001
"""Of computing before the loop goes on: less than it waits for a tick."""

ROUNDS: Final = 4
"""How often what was printed meanwhile is taken in. A guest that prints faster than a screen can be
computed is followed no longer; the client's stream begins where its screen ends in any case."""

T = TypeVar("T")


class Painted(NamedTuple):
    """A screen, and where the stream goes on behind it."""

    ring: Ring
    offset: int
    data: bytes
    """What makes a cleared terminal of that size look so."""


class Painter:
    """The one that computes screens for all consoles."""

    def __init__(self) -> None:
        """Begin with nothing to do. To be made in the loop."""
        self._turn = asyncio.Lock()

    async def paint(self, ring: Ring, rows: int, columns: int) -> Painted:
        """Compute the screen of a terminal of this size that has shown all of a ring so far."""
        async with self._turn:
            emulator = Emulator(rows, columns)
            offset = max(ring.start, ring.end - READ_MAX)
            data = ring.read(offset, READ_MAX)
            await _sliced(emulator.read(data[beginning(data) if offset else 0 :]))
            offset += len(data)
            for _ in range(ROUNDS):
                if not ring.start <= offset < ring.end:
                    break
                data = ring.read(offset, READ_MAX)
                await _sliced(emulator.read(data))
                offset += len(data)
            return Painted(ring, offset, b"".join(await _sliced(emulator.paint())))


async def _sliced(steps: Iterator[T]) -> list[T]:
    """Take all steps, and let the loop go on in between."""
    taken: list[T] = []
    until = perf_counter() + SLICE_SECONDS
    for step in steps:
        if step is not None:
            taken.append(step)
        if perf_counter() > until:
            await asyncio.sleep(0)
            until = perf_counter() + SLICE_SECONDS
    return taken
