"""Who is served when: every busy port once a tick, joiners at once, leavers never again."""

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count

from com1d.core.stream.moderation import readings
from com1d.loop.stalls import HoldTimes
from com1d.loop.ticker import OVER, SLICE_SECONDS, STRIDE, Ticker


class Port:
    """A port that streams for a number of ticks, and can do something in its turn."""

    def __init__(self, log: list[str], name: str, turns: int, act=None) -> None:
        self.log, self.name, self.turns, self.act = log, name, turns, act

    def tick(self) -> int:
        self.log.append(self.name)
        self.turns -= 1
        if self.act:
            self.act()
        return 1 if self.turns > 0 else OVER


async def finished(ticker: Ticker, log: list[str]) -> None:
    """Wait until nobody is busy any more; the ticker then stands still."""
    async with asyncio.timeout(20):
        while ticker._interval:
            await asyncio.sleep(0)
    ticker.close()


def slow_clock() -> Callable[[], float]:
    """Give a clock on which no slice has room for more than one stride."""
    return partial(next, count(step=SLICE_SECONDS))


def nothing_is_ready() -> None:
    """Stand in for a poller's glance."""


def sliced(loop: asyncio.AbstractEventLoop) -> Ticker:
    return Ticker(loop, HoldTimes(slow_clock()), nothing_is_ready)


async def test_everybody_is_served_once_a_tick():
    """A crowd in many slices: nobody has a turn more than anybody else at any time."""
    log: list[str] = []
    ticker = sliced(asyncio.get_running_loop())
    names = [f"p{number}" for number in range(200)]
    for name in names:
        ticker.add(Port(log, name, 3))
    await finished(ticker, log)

    assert names * 3 == log


async def test_a_key_does_not_wait_for_the_end_of_a_tick():
    """What else is ready is looked at after every few ports, and not once more at the end."""
    log: list[str] = []
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes(lambda: 0.0), lambda: log.append("key"))
    names = [f"p{number}" for number in range(2 * STRIDE)]
    for name in names:
        ticker.add(Port(log, name, 1))
    await finished(ticker, log)

    assert [*names[:STRIDE], "key", *names[STRIDE:]] == log


async def test_the_loop_has_its_turn_in_a_long_tick():
    """What else there is to do is done between two slices."""
    log: list[str] = []
    loop = asyncio.get_running_loop()
    ticker = sliced(loop)
    ticker.add(Port(log, "first", 1, act=lambda: loop.call_soon(log.append, "task")))
    names = [f"p{number}" for number in range(3 * STRIDE)]
    for name in names:
        ticker.add(Port(log, name, 1))
    await finished(ticker, log)

    assert ["first", *names[: STRIDE - 1], "task", *names[STRIDE - 1 :]] == log


async def test_one_who_joins_between_two_slices_is_served_in_the_same_tick():
    """A port that wakes while a tick is under way does not wait for the next."""
    log: list[str] = []
    loop = asyncio.get_running_loop()
    ticker = sliced(loop)
    late = Port(log, "late", 1)
    ticker.add(Port(log, "first", 2, act=lambda: late.turns and loop.call_soon(ticker.add, late)))
    for number in range(3 * STRIDE):
        ticker.add(Port(log, f"p{number}", 2))
    await finished(ticker, log)

    assert log.index("late") == 3 * STRIDE + 1


async def test_a_tick_that_is_due_before_the_last_is_over_begins_at_once():
    """Under more load than a core bears, nobody rests until the next beat but one."""
    log: list[str] = []
    ticker = sliced(asyncio.get_running_loop())

    def overrun() -> None:
        ticker._metronome.set(0)
        ticker._beat()

    names = [f"p{number}" for number in range(2 * STRIDE)]
    for name in names:
        ticker.add(Port(log, name, 2, act=overrun if name == "p3" else None))
    await finished(ticker, log)

    assert names * 2 == log


async def test_what_was_to_come_next_is_not_served_once_it_is_closed():
    """The rest of a tick that was cut short is gone with the ticker."""
    log: list[str] = []
    ticker = sliced(asyncio.get_running_loop())
    for number in range(3 * STRIDE):
        ticker.add(Port(log, f"p{number}", 2))
    while not log:
        await asyncio.sleep(0)
    ticker.close()
    await asyncio.sleep(0)

    assert STRIDE == len(log)


async def test_a_crowd_that_joins_at_once_is_served_at_once():
    """A thousand ports wake in the tick of the first: each has its turn before any has a second."""
    log: list[str] = []
    ticks = 0
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes(), nothing_is_ready)

    def begun() -> None:
        nonlocal ticks
        ticks += 1

    names = ["first", *(f"p{number}" for number in range(1000))]
    for name in names:
        ticker.add(Port(log, name, 2, act=begun if name == "first" else None))
    await finished(ticker, log)

    assert names * 2 == log
    assert 2 == ticks


async def test_one_who_is_closed_in_another_ones_turn_is_not_touched():
    """Its descriptor may belong to somebody else by then."""
    log: list[str] = []
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes(), nothing_is_ready)
    victim = Port(log, "victim", 5)
    ticker.add(Port(log, "first", 3, act=lambda: ticker.remove(victim)))
    ticker.add(victim)
    await finished(ticker, log)

    assert ["first"] * 3 == log


async def test_a_brisk_port_is_served_several_times_a_tick():
    """From the next tick on, which is no longer for that: the others have as many as before."""
    log: list[str] = []
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes(), nothing_is_ready)
    often = readings(2, 1)
    brisk: Port = Port(log, "brisk", 1 + often, act=lambda: ticker.hasten(brisk, brisk=True))
    ticker.add(Port(log, "calm", 2))
    ticker.add(brisk)
    await finished(ticker, log)

    assert often > 1
    assert ["calm", "brisk", "calm", *["brisk"] * often] == log


async def test_a_port_that_is_brisk_no_more_is_served_once_a_tick():
    """What it has less of then, it has as all the others."""
    log: list[str] = []
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes(), nothing_is_ready)
    eased: Port = Port(log, "eased", 4, act=lambda: ticker.hasten(eased, brisk=eased.turns == 3))
    ticker.add(Port(log, "calm", 4))
    ticker.add(eased)
    await finished(ticker, log)

    assert ["calm", "eased"] * 4 == log


async def test_a_brisk_port_that_is_closed_is_not_touched():
    """Neither at the next tick nor between two."""
    log: list[str] = []
    ticker = Ticker(asyncio.get_running_loop(), HoldTimes(), nothing_is_ready)
    brisk = Port(log, "brisk", 9)
    ticker.add(Port(log, "first", 3, act=lambda: ticker.remove(brisk) if len(log) > 2 else None))
    ticker.add(brisk)
    ticker.hasten(brisk, brisk=True)
    await finished(ticker, log)

    assert ["first", "brisk", "first", "first"] == log
