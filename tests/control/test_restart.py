"""What restarts have in common."""

from contextlib import suppress

import pytest

from com1d.control import ControlBusy
from com1d.control.restart import Turn, unheeded, until, until_relaunched
from com1d.errors import NotRunning, PortTimeout


def test_turns():
    """The second has to wait for the first, however that ends."""
    turn = Turn("web01")
    with suppress(ZeroDivisionError), turn:
        with pytest.raises(ControlBusy, match="web01: a restart is under way") as refusal:
            turn.__enter__()
        assert {"state": "restarting"} == refusal.value.extra
        raise ZeroDivisionError
    with turn:
        pass


def test_unheeded():
    """The error names console, time, state and the way out."""
    problem = unheeded("web01", 120.0, "running")
    assert (PortTimeout, "running") == (type(problem), problem.extra["state"])
    assert "web01 has not shut down for 120 s" in str(problem)


def countdown(looks: int):
    """Make a condition that holds after this many looks."""
    left = iter(range(looks, -1, -1))

    async def done() -> bool:
        return next(left) == 0

    return done


async def test_waiting():
    """Looking goes on until it is so."""
    await until(countdown(2))
    await until_relaunched("web01", 30.0, countdown(1))


async def test_waiting_in_vain():
    """The error names console, time and the way out."""
    with pytest.raises(NotRunning, match="nothing started it again for 0 s") as refusal:
        await until_relaunched("web01", 0.0, countdown(9))
    assert {"state": "off"} == refusal.value.extra
