"""Promise 1: nothing that the daemon does holds the loop over 10 ms."""

import asyncio
import gc
import json
import math
import os
import signal
import weakref
from pathlib import Path
from time import thread_time

import pytest

from com1d.loop.poller import IN, Poller
from com1d.loop.stalls import BOUNDS, HoldTimes
from house import events, read_bytes, running
from loop.holding import too_long


async def test_holds_are_counted_where_they_belong():
    """The histogram is cumulative, and what is under 1 ms is not in it."""
    holds = HoldTimes()
    for seconds in (0.0005, 0.0015, 0.003, 0.003, 7.0):
        holds.note(seconds)

    sample = holds.times.sample()

    assert [1, 3, 3, 3, 3, 3, 3, 4] == [count for _, count in sample.buckets]
    assert [*BOUNDS, math.inf] == [bound for bound, _ in sample.buckets]
    assert 7.0 == holds.longest


def test_what_comes_in_a_hold_may_have_waited_since_it_began():
    """Holds one after the other are one; once the loop was free, a byte has just come."""
    now = 100.0
    holds = HoldTimes(lambda: now)
    assert 100.0 == holds.not_free_since(100.0)

    now = 102.0
    holds.note(2.0)
    now = 103.0
    holds.note(0.9995)

    assert 100.0 == holds.not_free_since(103.0005)
    assert 104.0 == holds.not_free_since(104.0)


async def test_a_byte_is_as_late_as_the_hold_in_which_it_came():
    """On a quiet line, too: not only from the moment at which the loop is free again."""
    now = 100.0
    loop, holds = asyncio.get_running_loop(), HoldTimes(lambda: now)
    holds.watch(loop)
    poller, (reader, writer) = Poller(loop, holds), os.pipe()
    came = loop.create_future()

    def hold():
        nonlocal now
        os.write(writer, b"x")
        now += 2

    def ready(_events):
        poller.passed_on(len(os.read(reader, 1)))
        came.set_result(None)

    poller.add(reader, IN, ready)
    try:
        loop.call_later(0, hold)
        await came
    finally:
        loop.set_task_factory(None)
        del loop.call_later
        poller.close()
        os.close(reader)
        os.close(writer)

    assert [0, 1] == [count for _, count in holds.delivered.sample().buckets[-2:]]


async def test_steps_of_tasks_are_measured():
    """A task that computes is noticed, also when it fails, and its result passes through."""
    clock = iter(range(100))
    holds = HoldTimes(lambda: float(next(clock)))
    loop = asyncio.get_running_loop()
    holds.watch(loop)
    try:
        assert 42 == await loop.create_task(asyncio.sleep(0, 42))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(10)
    finally:
        loop.set_task_factory(None)
        del loop.call_later

    assert 1.0 == holds.longest


async def test_a_step_that_is_cancelled_is_measured_and_leaves_nothing_to_collect():
    """A console has several tasks, and no collection looks at what has lived long."""
    clock = iter(range(100))
    holds = HoldTimes(lambda: float(next(clock)))
    loop = asyncio.get_running_loop()
    holds.watch(loop)
    gc.disable()
    try:
        task = loop.create_task(asyncio.sleep(10))
        await asyncio.sleep(0)
        measured = next(clock)
        task.cancel()
        await asyncio.wait((task,))
        measured = next(clock) - measured
        gone = weakref.ref(task)
        del task
        assert gone() is None
    finally:
        gc.enable()
        loop.set_task_factory(None)
        del loop.call_later

    assert 4 == measured  # its two looks at the clock, that of `note`, and ours


async def test_timers_are_measured():
    """One that computes is noticed, its arguments are passed on, and it can be cancelled."""
    clock = iter(range(0, 100, 3))
    holds = HoldTimes(lambda: float(next(clock)))
    loop = asyncio.get_running_loop()
    holds.watch(loop)
    called = loop.create_future()
    try:
        loop.call_later(0, called.cancel).cancel()
        loop.call_later(0, called.set_result, 42)
        assert 42 == await called
    finally:
        loop.set_task_factory(None)
        del loop.call_later

    assert 3.0 == holds.longest


@pytest.mark.one_loop
async def test_no_operation_holds_the_loop(run_dir):
    """Start, scrape and list of 1,000 consoles, full replay, refused megabyte, reload, stop."""
    assert {} == await too_long(longest_holds, run_dir)


async def longest_holds(folder: Path) -> dict[str, float]:
    """Have a daemon with 1,000 consoles do all that it can; give the longest hold in each part."""
    names = [f"vm{number:04}" for number in range(1000)]
    holds = HoldTimes(thread_time)
    longest: dict[str, float] = {}

    def lap(operation: str) -> None:
        longest[operation] = holds.longest
        holds.longest = 0.0

    async with running(folder, *names, holds=holds, scrollback=1 << 20) as house:
        lap("start")
        assert 200 == (await house.get("/metrics")).status
        lap("scrape")
        assert 1000 == len((await house.get("/v1/consoles")).json["consoles"])
        lap("list")
        guest = house.guest("vm0000").start()
        await house.up("vm0000")
        await guest.print_all(bytes(1 << 20))
        await house.until(lambda: house.service.consoles["vm0000"].ring.end == 1 << 20)
        lap("flood")
        async with house.attach("vm0000", f"?replay={1 << 20}") as client:
            assert (1 << 20) == len(await read_bytes(client, 1 << 20))
            lap("replay")
            await client.send(json.dumps({"op": "paste", "text": "x" * 1_000_000}))
            await events(client, "input-refused")
            lap("paste")
            write_config(house, names[1:])
            os.kill(os.getpid(), signal.SIGHUP)
            await house.until(lambda: "vm0000" not in house.service.consoles)
            lap("reload")
        guest.stop()
    lap("stop")
    return longest


def write_config(house, names: list[str]) -> None:
    """Write the configuration of `running`, for the consoles `names`."""
    text = f'[daemon]\nruntime_dir = "{house.folder}/run"\nstate_dir = "{house.folder}/state"\n'
    text += f'log_dir = "{house.folder}/log"\nmetrics = ""\n[defaults]\nscrollback = "1MiB"\n'
    for name in names:
        text += f'[consoles.{name}]\nport = "pipe:{house.folder}/guests/{name}"\n'
    (house.folder / "com1d.toml").write_text(text)
