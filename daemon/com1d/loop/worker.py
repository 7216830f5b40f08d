"""The worker: a thread that waits, so that the loop does not. One job at a time, in order.

Not an executor of the standard library: those are joined when the process ends, and a thread that
waits for a dead disk would keep the daemon from stopping.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar


T = TypeVar("T")

STOP_SECONDS: Final = 0.2
"""How long a thread that has nothing left to do may take to end."""


class Worker:
    """Runs jobs in a thread of its own."""

    def __init__(self, name: str) -> None:
        """Start the thread. To be called in the loop that will wait for the jobs."""
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None]
        self._jobs = SimpleQueue()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, job: Callable[[], T]) -> asyncio.Future[T]:
        """Run `job` after those before it; the future has its result or its exception."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put((job, future))
        return future

    def end(self) -> None:
        """End the thread after its queued jobs, without waiting for that."""
        self._jobs.put(None)

    def stop(self) -> None:
        """End the thread after its queued jobs; a stuck one is left behind."""
        self.end()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while (task := self._jobs.get()) is not None:
            job, future = task
            result, error = None, None
            try:
                result = job()
            except BaseException as problem:  # noqa: BLE001 - raised where the result is awaited
                error = problem
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(_settle, future, result, error)
            del task, job, future, result, error  # not kept alive while waiting for the next job


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
