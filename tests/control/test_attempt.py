"""Whatever goes wrong in a verb becomes a problem with a way out, and the state of the VM."""

import asyncio

import pytest

from com1d.control import ControlRefused
from com1d.control.attempt import STUCK, HungUp, attempt, demand_running
from com1d.errors import Busy, NotRunning, PortTimeout, Problem, Unsupported


async def in_state(state: str) -> str:
    """Answer at once."""
    return state


async def refused() -> str:
    """Give no state."""
    raise Busy("web01: busy")


async def off() -> str:
    """Say that there is nobody to ask."""
    raise NotRunning("web01: no socket", state="off")


async def hung_up() -> str:
    """Break off."""
    raise HungUp


async def outcome(error: Exception | None, state, limit: float = 30.0) -> Problem | None:
    """Try something that ends like this, or never."""
    try:
        async with attempt("nmi", "web01", limit, state):
            if error is not None:
                raise error
            await asyncio.Event().wait()
    except Problem as problem:
        return problem
    return None


@pytest.mark.parametrize(
    ("state", "extra"),
    [(lambda: in_state("paused"), {"state": "paused"}), (refused, {}), (off, {"state": "off"}),
     (hung_up, {})],
)  # fmt: skip
async def test_a_time_limit(state, extra):
    """After the limit the state is told, if it can be had."""
    problem = await outcome(None, state, limit=0.0)
    assert (PortTimeout, extra) == (type(problem), problem.extra)
    assert str(problem).startswith("web01: nmi: the hypervisor has not answered for 0 s; it may")


@pytest.mark.parametrize(
    ("state", "kind", "extra"),
    [
        (lambda: in_state("running"), PortTimeout, {"state": "running"}),
        (refused, PortTimeout, {}),
        (hung_up, PortTimeout, {}),
        (off, NotRunning, {"state": "off"}),
    ],
)
async def test_a_hypervisor_that_hangs_up(state, kind, extra):
    """It has ended, or nobody knows what it did."""
    problem = await outcome(HungUp(), state)
    assert (kind, extra) == (type(problem), problem.extra)
    assert str(problem).startswith("web01: nmi: the hypervisor ")


@pytest.mark.parametrize("kind", [ControlRefused, Unsupported, NotRunning, Busy])
async def test_problems_pass(kind):
    """What is a problem already stays the one it is; what the hypervisor said gets the state."""
    problem = await outcome(kind("no"), lambda: in_state("running"))
    extra = {"state": "running"} if kind in (ControlRefused, Unsupported) else {}
    assert (kind, "no", extra) == (type(problem), problem.detail, problem.extra)


async def test_mistakes_pass():
    """What is no problem is not made one."""
    with pytest.raises(ZeroDivisionError):
        await outcome(ZeroDivisionError(), refused)


async def test_success_passes():
    """Where nothing goes wrong nothing is asked."""
    async with attempt("nmi", "web01", 30.0, refused):
        pass


@pytest.mark.parametrize("state", ["paused", "prelaunch", "suspended", "unknown", *sorted(STUCK)])
def test_a_guest_that_does_not_run(state):
    """A VM that stands still is not sent what it would not notice; the way out depends."""
    with pytest.raises(NotRunning) as refusal:
        demand_running("web01", "nmi", state)
    way_out = "`com1 send reset web01` boots it again" if state in STUCK else "continue it"
    assert (state, True) == (refusal.value.extra["state"], way_out in str(refusal.value))


def test_a_guest_that_runs():
    """A guest that runs notices."""
    demand_running("web01", "nmi", "running")
