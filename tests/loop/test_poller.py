"""What is ready is served, in turns bounded by time, and floods give way to all else."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from com1d.loop.poller import IN, ONCE, SLICE_SECONDS, STRIDE, TURN_EVENTS, Poller
from com1d.loop.stalls import HoldTimes


class Pipes:
    """Pipes that are polled, and the names of those that were served, in order."""

    def __init__(self) -> None:
        self.poller = Poller(asyncio.get_running_loop(), HoldTimes())
        self.served: list[str] = []
        self.act: Callable[[], object] = bool
        """Done in the turn of each."""
        self._open: list[int] = []

    def add(self, name: str, *, ready: bool, floods: bool = False) -> tuple[int, int]:
        """Poll a pipe, which is ready for ever once it was written to; give both ends."""
        reader, writer = os.pipe()
        self._open += reader, writer
        if ready:
            os.write(writer, b"x")
        self.poller.add(reader, IN, partial(self._ready, name))
        self.poller.modify(reader, IN, floods=floods)
        return reader, writer

    def _ready(self, name: str, _events: int) -> None:
        self.served.append(name)
        self.act()

    async def until_served(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.served) < count:
                await asyncio.sleep(0)

    def close(self) -> None:
        self.poller.close()
        for fd in self._open:
            os.close(fd)


@pytest.fixture
async def pipes() -> AsyncIterator[Pipes]:
    made = Pipes()
    yield made
    made.close()


async def test_a_glance_sees_no_floods(pipes):
    """A key finds no queue of ports that are always ready."""
    for number in range(2 * TURN_EVENTS):
        pipes.add(f"flood {number}", ready=True, floods=True)
    pipes.add("key", ready=True)
    pipes.poller.glance()

    assert ["key"] == pipes.served


async def test_a_key_does_not_wait_for_the_end_of_a_turn(pipes):
    """It comes while the first flood is served, and has its turn among them."""
    for number in range(STRIDE + 1):
        pipes.add(f"flood {number}", ready=True, floods=True)
    reader, writer = pipes.add("key", ready=False)

    def press() -> None:
        pipes.act = bool
        os.write(writer, b"x")

    pipes.act = press
    await pipes.until_served(STRIDE + 2)
    pipes.poller.remove(reader)

    assert STRIDE == pipes.served.index("key")


async def test_floods_take_turns(pipes):
    """No turn is long, and nobody has two before everybody has had one."""
    names = [f"flood {number}" for number in range(2 * TURN_EVENTS)]
    for name in names:
        pipes.add(name, ready=True, floods=True)
    await pipes.until_served(2 * TURN_EVENTS)

    assert (names, 2 * TURN_EVENTS) == (pipes.served[: len(names)], len(pipes.served))


async def test_a_flood_that_is_over_waits_no_more(pipes):
    """It is served like everything else again."""
    reader, _ = pipes.add("port", ready=True, floods=True)
    pipes.poller.modify(reader, IN)
    pipes.poller.glance()

    assert ["port"] == pipes.served


async def test_a_flood_can_be_removed(pipes):
    """By its own callback as by another's: who was ready with it is not served any more."""
    readers = [pipes.add(f"flood {number}", ready=True, floods=True)[0] for number in range(2)]

    def remove() -> None:
        for reader in readers:
            pipes.poller.remove(reader)

    pipes.act = remove
    await pipes.until_served(1)
    await asyncio.sleep(0)

    assert ["flood 0"] == pipes.served


@contextmanager
def readable(count: int) -> Iterator[list[int]]:
    """Give the ends of so many pipes that have a byte to read."""
    ends = [os.pipe() for _ in range(count)]
    try:
        for _, writer in ends:
            os.write(writer, b"x")
        yield [reader for reader, _ in ends]
    finally:
        for reader, writer in ends:
            os.close(reader)
            os.close(writer)


@pytest.mark.parametrize("events", [IN | ONCE, IN], ids=["once", "again and again"])
@pytest.mark.parametrize("dear", [0.5, 1.0, 20.0], ids=["two a turn", "one", "late"])
async def test_a_turn_ends_when_its_time_is_over(events: int, dear: float):
    """The loop goes on with its other work, and then with what was ready."""
    now, served = 0.0, []
    holds = HoldTimes(lambda: now)
    loop = asyncio.get_running_loop()
    poller = Poller(loop, holds)
    all_served = loop.create_future()

    def ready(fd: int, _events: int) -> None:
        nonlocal now
        now += dear * SLICE_SECONDS
        poller.remove(fd)
        served.append(fd)
        if len(served) == TURN_EVENTS + 1:
            all_served.set_result(None)

    with readable(TURN_EVENTS + 1) as readers:
        for fd in readers:
            poller.add(fd, events, partial(ready, fd))
        try:
            async with asyncio.timeout(30):
                await all_served
        finally:
            poller.close()

    assert set(readers) == set(served)
    assert max(1.0, dear) * SLICE_SECONDS == pytest.approx(holds.longest)


async def test_a_closed_poller_serves_nobody():
    """Nor what it had no time for before."""
    now, served = 0.0, []
    loop = asyncio.get_running_loop()
    poller = Poller(loop, HoldTimes(lambda: now))

    def ready(fd: int, _events: int) -> None:
        nonlocal now
        now += SLICE_SECONDS
        served.append(fd)
        loop.call_soon(close)

    def close() -> None:
        if not closed.done():
            poller.close()
            closed.set_result(None)

    closed = loop.create_future()
    with readable(3) as readers:
        for fd in readers:
            poller.add(fd, IN | ONCE, partial(ready, fd))
        await closed
        for _ in range(3):
            await asyncio.sleep(0)

    assert len(served) == 1
