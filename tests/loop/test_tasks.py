"""Tasks that must not end without a word."""

import asyncio

from com1d.loop.tasks import telling


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
