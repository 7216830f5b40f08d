"""Who is served when: every busy port once a tick, joiners at once, leavers never again."""

import asyncio

from com1d.core.moderation import pace
from com1d.runtime.hold import HoldTimes
from com1d.runtime.ticker import Ticker


class Port:
    """A port that streams for a number of ticks, and can do something in its turn."""

    def __init__(self, log: list[str], name: str, turns: int, act=None) -> None:
        self.log, self.name, self.turns, self.act = log, name, turns, act

    def tick(self) -> bool:
        self.log.append(self.name)
        self.turns -= 1
        if self.act:
            self.act()
        return self.turns > 0


async def finished(ticker: Ticker, log: list[str]) -> None:
    """Wait until nobody is busy any more; the ticker then stands still."""
    async with asyncio.timeout(20):
        while ticker._interval:
            await asyncio.sleep(0)
    ticker.close()


async def test_everybody_is_served_once_a_tick():
    """A crowd in many phases: nobody has a turn more than anybody else at any time."""
    log: list[str] = []
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes())
    names = [f"p{number}" for number in range(200)]
    assert pace(len(names)).phases > 1
    for name in names:
        ticker.add(Port(log, name, 3))
    await finished(ticker, log)

    assert names * 3 == log


async def test_one_who_joins_between_two_phases_is_served_in_the_same_tick():
    """A port that wakes while a tick is under way does not wait for the next."""
    log: list[str] = []
    loop = asyncio.get_running_loop()
    ticker = Ticker(loop, HoldTimes())
    late = Port(log, "late", 1)
    names = [f"p{number}" for number in range(100)]
    assert pace(len(names)).phases > 1
    for name in names:
        join = name == "p0"
        ticker.add(
            Port(log, name, 4, act=lambda join=join: join and late_joins(loop, ticker, late, log))
        )
    await finished(ticker, log)

    assert 2 == log[: log.index("late")].count("p0")
    assert 2 == log[: log.index("late")].count("p19")


def late_joins(loop, ticker: Ticker, late: Port, log: list[str]) -> None:
    """In the second tick, the one that has phases from its start, let `late` in after this one."""
    if log.count("p0") == 2:
        loop.call_soon(ticker.add, late)


async def test_a_crowd_that_joins_at_once_is_served_at_once():
    """A thousand ports wake in the tick of the first: each has its turn before any has a second."""
    log: list[str] = []
    beats = 0
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes())

    def count() -> None:
        nonlocal beats
        beats += 1

    names = ["first", *(f"p{number}" for number in range(1000))]
    for name in names:
        ticker.add(Port(log, name, 2, act=count if name == "first" else None))
    await finished(ticker, log)

    assert names * 2 == log
    assert 2 == beats


async def test_one_who_is_closed_in_another_ones_turn_is_not_touched():
    """Its descriptor may belong to somebody else by then."""
    log: list[str] = []
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes())
    victim = Port(log, "victim", 5)
    ticker.add(Port(log, "first", 3, act=lambda: ticker.remove(victim)))
    ticker.add(victim)
    await finished(ticker, log)

    assert ["first"] * 3 == log
