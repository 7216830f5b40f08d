"""Two small tools for coroutines that belong together."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar


T = TypeVar("T")


async def first_of(*parts: Coroutine[Any, Any, None]) -> None:
    """Run `parts` side by side until one of them ends, then cancel the others.

    Raises what the one that ended raised; where several ended at once, the first of `parts`.
    """
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()


async def in_thread(call: Callable[[], T]) -> T:
    """Run a blocking call without blocking the loop.

    Unlike with `asyncio.to_thread`, nobody waits for it at exit: the user has left.
    """
    answer: Future[T] = Future()
    answer.set_running_or_notify_cancel()  # a result that nobody waits for any more is no error

    def run() -> None:
        try:
            answer.set_result(call())
        except Exception as error:  # noqa: BLE001  # handed on to who awaits it
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(answer)
