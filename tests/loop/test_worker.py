"""A thread that waits for the loop, against real threads."""

import asyncio
import threading
from functools import partial

import pytest

from com1d.loop.worker import Worker


async def test_jobs_are_done_in_order_in_one_thread_of_their_own():
    """Each future has its job's result, and no job runs beside another or in the loop's thread."""
    worker, ran = Worker("test"), []

    def job(number: int) -> int:
        ran.append((number, threading.current_thread().name))
        return number * 2

    results = await asyncio.gather(*(worker.call(partial(job, number)) for number in range(20)))
    worker.stop()

    assert [number * 2 for number in range(20)] == results
    assert [(number, "test") for number in range(20)] == ran


async def test_an_error_is_for_who_waits_and_the_next_job_runs():
    """A job that raises fails its own future only."""
    worker = Worker("test")
    failed = worker.call(lambda: 1 // 0)
    after = worker.call(lambda: "done")

    with pytest.raises(ZeroDivisionError):
        await failed
    assert "done" == await after
    worker.stop()


async def test_the_end_comes_after_the_jobs_and_is_not_waited_for():
    """A job that is stuck keeps nobody from going on; the thread ends when it does."""
    worker, go = Worker("test"), threading.Event()
    stuck = worker.call(go.wait)
    worker.end()
    names = [thread.name for thread in threading.enumerate()]
    go.set()

    assert "test" in names
    assert await stuck


async def test_who_no_longer_waits_is_left_alone():
    """A future that was cancelled meanwhile takes no result, and the thread goes on."""
    worker, go = Worker("test"), threading.Event()
    given_up = worker.call(go.wait)
    given_up.cancel()
    go.set()

    assert 1 == await worker.call(lambda: 1)
    worker.stop()
