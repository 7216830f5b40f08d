"""Tasks that must not end without a word."""

import asyncio
import gc

import pytest

from com1d.loop.tasks import finished, telling


async def test_a_task_that_fails_is_told_of():
    """The failure goes to the loop's handler; an end and a cancellation are nobody's bug."""
    loop = asyncio.get_running_loop()
    told: list = []
    loop.set_exception_handler(lambda _, context: told.append(context))

    async def fail() -> None:
        raise ValueError("lost")

    tasks = [loop.create_task(one) for one in (fail(), asyncio.sleep(0), asyncio.sleep(3600))]
    for task in tasks:
        task.add_done_callback(telling("the keeper failed"))
    tasks[2].cancel()
    await asyncio.wait(tasks)
    await asyncio.sleep(0)

    assert [("the keeper failed", "lost")] == [
        (context["message"], str(context["exception"])) for context in told
    ]


async def test_a_step_is_not_cancelled():
    """It ends by itself, or because it was cut; and what it raises then is nobody's bug."""
    told: list = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    ended: list[str] = []

    async def step(open_: asyncio.Event) -> None:
        await open_.wait()
        ended.append("by itself")
        raise ValueError("lost")

    opened, late, given_up = asyncio.Event(), asyncio.Event(), asyncio.Event()
    opened.set()
    with pytest.raises(ValueError, match="lost"):
        await finished(step(opened), opened.set)
    assert not await finished(step(late), late.set, 0.001)
    caller = asyncio.create_task(finished(step(given_up), given_up.set))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait((caller,))

    assert caller.cancelled()
    assert ["by itself"] * 3 == ended
    gc.collect()
    await asyncio.sleep(0)
    assert [] == told
