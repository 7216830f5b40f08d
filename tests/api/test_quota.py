"""Turns at what is costly, for each user."""

import asyncio
from contextlib import suppress

import pytest

from com1d.api import quota
from com1d.api.quota import Quota
from com1d.errors import TooManyClients


async def test_turns_are_in_order_and_each_user_has_his_own():
    """Of one user the first that asked is the next; another user does not wait."""
    some, order = Quota(1, "logs"), []

    async def one(name: str) -> None:
        share = await some.take("anna")
        order.append(name)
        await asyncio.sleep(0)
        share.end()

    first = await some.take("anna")
    waiting = [asyncio.create_task(one(name)) for name in "abc"]
    await asyncio.sleep(0)
    (await some.take("otto")).end()
    assert [] == order
    first.end()
    await asyncio.gather(*waiting)
    assert ["a", "b", "c"] == order


async def test_who_gives_up_takes_no_turn():
    """One that is cancelled while it waits is passed over; a share that ends twice ends once."""
    some = Quota(1, "logs")
    first = await some.take("anna")
    gone, next_one = (asyncio.create_task(some.take("anna")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    first.end()
    first.end()
    share = await next_one
    other = asyncio.create_task(some.take("anna"))
    await asyncio.sleep(0)
    assert not other.done()
    share.end()
    (await other).end()


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch):
    """Who had no turn in time is refused, and may ask again."""
    monkeypatch.setattr(quota, "TURN_SECONDS", 0.01)
    some = Quota(1, "logs")
    share = await some.take("anna")
    with pytest.raises(TooManyClients, match="you have 1 logs under way"):
        await some.take("anna")
    share.end()
    (await some.take("anna")).end()
