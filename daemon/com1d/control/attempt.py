"""One try of a verb within its time limit: every failure becomes a `Problem` for people."""

from asyncio import timeout
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from com1d.control.base import OFF, RUNNING
from com1d.errors import ControlRefused, NotRunning, PortTimeout, Problem, Unsupported


AFTERWARDS_SECONDS: Final = 1.0
"""Extra seconds in which, after a failure, the VM's state is asked for."""


STUCK: Final = frozenset({"shutdown", "guest-panicked", "internal-error"})
"""States in which the guest does nothing any more: only a reset, and then QMP `cont`, makes it boot
again."""


class HungUp(Exception):
    """The hypervisor hung up before it answered. Whether it did what it was asked is not known."""


@asynccontextmanager
async def attempt(
    verb: str, console: str, limit: float, state: Callable[[], Awaitable[str]]
) -> AsyncIterator[None]:
    """Try `verb` for `limit` seconds. `state` asks the hypervisor for the VM's state.

    Turns `TimeoutError` and `HungUp` of the block into a `Problem`, and adds the VM's state to
    problems.
    """
    try:
        async with timeout(limit):
            yield
    except TimeoutError:
        raise PortTimeout(
            f"{console}: {verb}: the hypervisor has not answered for {limit:g} s; it may still do "
            "it when it goes on",
            **await _afterwards(state),
        ) from None
    except HungUp:
        after = await _afterwards(state)
        if after.get("state") == OFF:
            raise NotRunning(
                f"{console}: {verb}: the hypervisor ended before it answered", **after
            ) from None
        raise PortTimeout(
            f"{console}: {verb}: the hypervisor hung up before it answered, and may have done it "
            "or not; look at the console before you try again",
            **after,
        ) from None
    except (ControlRefused, Unsupported) as refusal:
        refusal.extra = await _afterwards(state) | refusal.extra
        raise


async def _afterwards(state: Callable[[], Awaitable[str]]) -> dict[str, str]:
    try:
        async with timeout(AFTERWARDS_SECONDS):
            return {"state": await state()}
    except (TimeoutError, HungUp):
        return {}
    except Problem as problem:
        return {"state": problem.extra["state"]} if "state" in problem.extra else {}


def demand_running(console: str, verb: str, state: str) -> None:
    """Raise `NotRunning`, with a remedy, unless the guest runs and can notice `verb`."""
    if state == RUNNING:
        return
    if state in STUCK:
        way_out = f"`com1 send reset {console}` boots it again"
    else:
        way_out = "the person or program that stopped it has to continue it"
    raise NotRunning(
        f"{console}: {verb}: the VM is {state}, so its guest would not notice; {way_out}",
        state=state,
    )
