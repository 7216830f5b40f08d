"""Tasks that run for as long as the daemon does."""

import asyncio
from collections.abc import Callable


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
