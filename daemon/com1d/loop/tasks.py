"""Tasks that run for as long as the daemon does, and steps that are not cancelled."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any


@cache
def telling(what: str) -> Callable[[asyncio.Task[None]], None]:
    """Give a callback for the end of a task: where it failed, `what` is told as a bug.

    What the task did would else stop without a word.
    """

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler(
                {"message": what, "exception": error, "task": task}
            )

    return ended


async def finished(
    step: Coroutine[Any, Any, None], cut: Callable[[], object], seconds: float | None = None
) -> bool:
    """Let a step come to its end, and tell whether it did so in time; raises what it raised then.

    After `seconds`, or when its caller is cancelled, `cut` brings the end on: for a library whose
    cleaning up, where that is cancelled, leaves errors to nobody. What a step that was cut raises
    is of no interest.
    """
    taking = asyncio.get_running_loop().create_task(step)
    in_time = False
    try:
        await asyncio.wait((taking,), timeout=seconds)
        in_time = taking.done()
    finally:
        if not in_time:
            cut()
            await asyncio.wait((taking,))
        error = taking.exception()
    if in_time and error is not None:
        raise error
    return in_time
