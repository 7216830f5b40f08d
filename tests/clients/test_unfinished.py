"""Messages on their way in: who has to go when there are too many, and when they take too long."""

import asyncio

import pytest

from com1d.clients import unfinished
from com1d.clients.unfinished import Budget, Unfinished


class Holder:
    """A client that lets go of what it holds when it is evicted."""

    def __init__(self, budget: Budget) -> None:
        self.told: list[str] = []
        self.expired = asyncio.Event()
        self.message = Unfinished(budget, evict=self._evict, expired=self.expired.set)

    def _evict(self) -> None:
        self.told.append("evicted")
        self.message.finish()


async def test_the_largest_has_to_go():
    """Not whoever grew last: somebody who sends a little is not closed for another's heap."""
    budget = Budget(1000)
    large, small, last = (Holder(budget) for _ in range(3))
    large.message.hold(600)
    small.message.hold(300)
    last.message.hold(101)

    assert [["evicted"], [], []] == [each.told for each in (large, small, last)]
    assert 401 == budget.used


async def test_who_is_too_large_alone_goes_itself():
    """A budget is never exceeded after a call."""
    budget = Budget(1000)
    one, other = Holder(budget), Holder(budget)
    other.message.hold(10)
    one.message.hold(1001)

    assert (["evicted"], [], 10) == (one.told, other.told, budget.used)


async def test_what_is_whole_counts_no_more():
    """Growing and finishing change the sum by the difference."""
    budget = Budget(1000)
    one = Holder(budget)
    for size in (100, 900, 50):
        one.message.hold(size)
    held = budget.used
    one.message.finish()
    one.message.finish()

    assert (50, 0, False) == (held, budget.used, one.message.pending)


async def test_a_message_has_its_time_from_its_beginning(monkeypatch):
    """More of it does not prolong it; one that becomes whole is left alone."""
    monkeypatch.setattr(unfinished, "MESSAGE_SECONDS", 0.001)
    budget = Budget()
    slow, quick = Holder(budget), Holder(budget)
    quick.message.hold(1)
    quick.message.finish()
    async with asyncio.timeout(30):
        while not slow.expired.is_set():
            slow.message.hold(1)
            await asyncio.sleep(0)

    assert not quick.expired.is_set()


@pytest.mark.parametrize("sizes", [(0,), (0, 0, 0)])
async def test_a_message_of_no_bytes_has_its_time_as_well(monkeypatch, sizes):
    """Empty fragments without end hold no memory, and a client's place all the same."""
    monkeypatch.setattr(unfinished, "MESSAGE_SECONDS", 0.001)
    holder = Holder(Budget())
    for size in sizes:
        holder.message.hold(size)
    async with asyncio.timeout(30):
        await holder.expired.wait()
