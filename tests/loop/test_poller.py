"""Turns of the poller: bounded by time, and nothing that the kernel has told is forgotten."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from com1d.loop.poller import IN, ONCE, SLICE_SECONDS, TURN_EVENTS, Poller
from com1d.loop.stalls import HoldTimes


@contextmanager
def pipes(count: int) -> Iterator[list[int]]:
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

    with pipes(TURN_EVENTS + 1) as readers:
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
    with pipes(3) as readers:
        for fd in readers:
            poller.add(fd, IN | ONCE, partial(ready, fd))
        await closed
        for _ in range(3):
            await asyncio.sleep(0)

    assert len(served) == 1
