"""Coroutines that belong together."""

import asyncio
import threading

import pytest

from com1d.frontends.session.concurrently import first_of, in_thread


async def forever(done: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        done.append("cancelled")


async def raises(error: Exception) -> None:
    raise error


async def nothing() -> None:
    pass


async def test_the_first_ends_all():
    """When one part ends, the others are cancelled before it returns."""
    done = []
    await first_of(forever(done), nothing())

    assert done == ["cancelled"]


async def test_an_error_ends_all():
    """What the first raised is raised, the earlier part's where two raise at once."""
    done = []
    with pytest.raises(KeyError):
        await first_of(forever(done), raises(KeyError()), raises(ValueError()))

    assert done == ["cancelled"]


async def test_being_cancelled_cancels_the_parts():
    """No part outlives who waits for it."""
    done = []
    whole = asyncio.ensure_future(first_of(forever(done), forever(done)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    whole.cancel()
    with pytest.raises(asyncio.CancelledError):
        await whole

    assert done == ["cancelled", "cancelled"]


async def test_a_thread_gives_its_result_or_its_error():
    """A blocking call is awaited like a coroutine."""
    assert await in_thread(lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


async def test_nobody_waits_for_a_thread_at_exit():
    """Who stops waiting is free at once, and the late result disturbs nobody."""
    go = threading.Event()
    ended = threading.Event()

    def slow() -> None:
        go.wait()
        ended.set()

    errand = asyncio.ensure_future(in_thread(slow))
    await asyncio.sleep(0)
    errand.cancel()
    with pytest.raises(asyncio.CancelledError):
        await errand
    go.set()
    assert ended.wait(30)
