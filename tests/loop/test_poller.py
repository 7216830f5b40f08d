"""What is ready is served, and floods give way to all else."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from com1d.loop.poller import IN, STRIDE, TURN_EVENTS, Poller
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
