"""The kept part of one console's log, for requests: boots, times, lines, bytes.

Files are read in a thread, one bounded step at a time, so that nothing holds the loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from itertools import zip_longest
from typing import Final, NamedTuple, Protocol

from com1d.bootlog.messages import LogState
from com1d.bootlog.pieces import Piece, Step
from com1d.bootlog.sealing import LockedError
from com1d.bootlog.window import Window
from com1d.core.store.known import Known
from com1d.core.store.marks import Mark
from com1d.errors import NotFound
from com1d.loop.worker import Worker
from com1d.telemetry import facts


UNKNOWN: Final = "unknown"
"""The cause of a boot without a sign of it."""


class BootInfo(NamedTuple):
    """One boot, as the interface has it."""

    boot: int
    """0 is this one, -1 the one before."""
    offset: int
    started: float
    """Seconds since 1970."""
    cause: str


class Reading(Protocol):
    """What reading a log needs of the library."""

    async def settle(self) -> None:
        """Wait until what was printed by now is on the disk, but not for a disk that fails."""

    def worker(self) -> Worker:
        """Give a thread to read files in."""

    def window(self, name: str) -> Window:
        """Give a look at one console's files."""

    def state(self, name: str) -> LogState:
        """Say where one console's log stands."""

    def now(self) -> float:
        """Give the time in seconds since 1970."""

    def record(self, fact: facts.Fact) -> None:
        """Record a fact for the daemon's log, the event stream and the audit."""


class Past:
    """The kept part of one console's stream. Offsets of deleted bytes are allowed everywhere."""

    __slots__ = ("_library", "_name")

    def __init__(self, name: str, library: Reading) -> None:
        """Read the log of the console `name`."""
        self._name = name
        self._library = library

    @property
    def _state(self) -> LogState:
        return self._library.state(self._name)

    @property
    def end(self) -> int:
        """Offset after the newest byte on the disk."""
        return self._state.end

    @property
    def oldest(self) -> int:
        """Offset of the oldest byte that is kept."""
        return self._state.oldest

    @property
    def weight(self) -> int:
        """Bytes that the log takes on the disk."""
        return self._state.weight

    def now(self) -> float:
        """Give the time in seconds since 1970."""
        return self._library.now()

    async def settle(self) -> None:
        """Wait until what was printed by now is on the disk, but not for a disk that fails."""
        await self._library.settle()

    def boots(self) -> list[BootInfo]:
        """Give the boots of which something is kept, the oldest first.

        Bytes before the first sign of a boot count as a boot of unknown cause, of which it is known
        only that it began before its segment was last written.
        """
        known = self._state.known or Known()
        boots = [(boot.offset, boot.at, boot.cause) for boot in known.boots]
        first = boots[0][0] if boots else self._state.end
        if self.oldest < first:
            boots.insert(0, (self.oldest, self._state.oldest_at, UNKNOWN))
        last = len(boots) - 1
        return [BootInfo(number - last, *boot) for number, boot in enumerate(boots)]

    async def dated_boots(self) -> list[BootInfo]:
        """Give `boots`, where one of unknown cause began when its oldest byte came that is kept.

        If that cannot be read, the time stays as it is.
        """
        boots = self.boots()
        if boots and boots[0].cause == UNKNOWN:
            begin = boots[0].offset
            with contextlib.suppress(LockedError, OSError):
                step = await self.step(begin, begin + 1, timed=True)
                if step.pieces:
                    boots[0] = boots[0]._replace(started=step.pieces[0].at)
        return boots

    def range_of_boot(self, number: int, end: int) -> tuple[int, int]:
        """Give the offsets of a boot's begin and end: 0 is this one, to `end`, -1 the one before.

        Raises `NotFound`.
        """
        boots = self.boots()
        if number == 0 and not boots:
            return self.oldest, end
        for boot, following in zip_longest(boots, boots[1:]):
            if boot.boot == number:
                return boot.offset, following.offset if following else end
        known = f"boots {boots[0].boot} to 0" if len(boots) > 1 else "boot 0 only"
        raise NotFound(f"{self._name} has no boot {number} in its log, which knows {known}")

    async def read(
        self, start: int, limit: int | None = None, *, timed: bool = False
    ) -> AsyncIterator[Piece]:
        """Give what is kept from offset `start` on, up to `limit` bytes further in the stream.

        With `timed`, each piece has its own time. Raises `LockedError`, `OSError`.
        """
        await self.settle()
        stop = self.end if limit is None else min(start + limit, self.end)
        async for piece in self._pieces(start, stop, timed=timed):
            yield piece

    async def _pieces(self, start: int, stop: int, *, timed: bool) -> AsyncIterator[Piece]:
        while start < stop:
            step = await self.step(start, stop, timed=timed)
            for piece in step.pieces:
                yield piece
            start = step.next

    async def step(self, start: int, stop: int, *, timed: bool = False) -> Step:
        """Read the first kept bytes between two offsets, as many as one step takes.

        There is more where `next` is below `stop`. Raises `LockedError`, `OSError`.
        """
        return await self.look(start, stop, timed=timed)

    def look(self, start: int, stop: int, *, timed: bool = False) -> asyncio.Future[Step]:
        """Begin a `step`; give its future."""

        def tell(future: asyncio.Future[Step]) -> None:
            whole = not future.cancelled() and future.exception() is None
            if whole and (damaged := future.result().damaged):
                self._library.record(facts.LogDamaged(self._name, start, damaged))

        step = partial(self._library.window(self._name).step, start, stop, timed=timed)
        future = self._library.worker().call(step)
        future.add_done_callback(tell)
        return future

    async def offset_at(self, at: float) -> int:
        """Give the offset of the first byte that came at `at`, in seconds since 1970, or later."""
        await self.settle()
        look = partial(self._library.window(self._name).offset_at, at)
        found = await self._library.worker().call(look)
        return self.end if found is None else found

    async def marks(self, start: int = 0, stop: int | None = None) -> list[Mark]:
        """Give the marks between two offsets: sessions, NMI, gaps; not the boots."""
        await self.settle()
        end = self.end + 1 if stop is None else stop
        found: list[Mark] = []
        while start < end:
            marks, start = await self.marks_step(start, end)
            found += marks
        return found

    async def marks_step(self, start: int, stop: int) -> tuple[list[Mark], int]:
        """Give the marks of the first segment, and the offset to go on from."""
        look = partial(self._library.window(self._name).marks, start, stop)
        return await self._library.worker().call(look)
