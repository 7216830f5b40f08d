"""A flag that tasks wait for."""

import asyncio

import pytest

from com1d.loop.flag import Flag


pytestmark = pytest.mark.anyio


async def waiting(flag: Flag, count: int) -> list[asyncio.Task[None]]:
    """Have tasks wait for the flag."""
    tasks = [asyncio.create_task(flag.wait()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_all_who_wait_go_on():
    flag = Flag()
    tasks = await waiting(flag, 3)
    before = [task.done() for task in tasks]

    flag.set()
    await asyncio.gather(*tasks)

    assert before == [False, False, False]
    assert flag.is_set


async def test_nobody_waits_while_it_is_set():
    flag = Flag()
    flag.set()

    await flag.wait()


async def test_who_waited_goes_on_though_it_is_cleared_at_once():
    flag = Flag()
    (early,) = await waiting(flag, 1)

    flag.set()
    flag.clear()
    (late,) = await waiting(flag, 1)
    await early

    assert not late.done()
    flag.set()
    await late


async def test_who_gives_up_is_forgotten():
    flag = Flag()
    gone, stays = await waiting(flag, 2)

    gone.cancel()
    await asyncio.wait((gone,))
    flag.set()
    await stays

    assert gone.cancelled()
