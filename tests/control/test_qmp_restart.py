"""Restarts and resets of a real VM, with every option that changes what they are."""

import asyncio

import pytest

from com1d.control import ControlBusy
from com1d.errors import NotRunning, PortTimeout
from control.machine import (
    BUTTON,
    HOST_RESET,
    NMI,
    PAUSED,
    READY,
    RESUMED,
    SHUTDOWN,
    controlling,
    ignore,
    machine_on,
    until,
)
from control.wire import wire


pytestmark = pytest.mark.guest


async def test_a_restart_of_a_guest_that_obeys(run_dir):
    """With -no-shutdown QEMU stays, and the guest boots again at once."""
    async with (
        machine_on(run_dir, "-no-shutdown") as (machine, line),
        controlling(machine.control) as (c, events),
    ):
        steps = []
        await c.restart(steps.append)
        await line.expect(READY)
        assert [
            "web01: power button pressed; 120 s to shut down",
            "web01: in state shutdown; starting it again",
            "web01: booting",
        ] == steps
        assert [BUTTON, SHUTDOWN, PAUSED, HOST_RESET, RESUMED] == await events.until(5)


async def test_a_restart_of_a_guest_that_does_not_obey(run_dir):
    """The guest is left as it is, and the error names the way out."""
    async with (
        machine_on(run_dir, obeys=False) as (machine, line),
        controlling(machine.control, shutdown=0.2) as (c, events),
    ):
        with pytest.raises(PortTimeout, match="`com1 send reset web01`") as refusal:
            await c.restart(ignore)
        await c.nmi()
        assert NMI == await line.expect(NMI)
        assert ("running", [BUTTON]) == (refusal.value.extra["state"], events.take())


async def test_a_restart_waits_for_the_relaunch(run_dir):
    """Without -no-shutdown QEMU ends, and the restart is done when it has been started again."""
    async with machine_on(run_dir) as (machine, _), controlling(machine.control) as (c, events):
        steps = []
        restart = asyncio.create_task(c.restart(steps.append))
        await machine.ended()
        with await machine.boot():
            await restart
            assert "web01: QEMU ended; 60 s to be started again" in steps
            assert [BUTTON, SHUTDOWN] == events.take()


async def test_a_restart_that_nobody_finishes(run_dir):
    """Where nothing starts QEMU again the error says so, and how com1d could have."""
    async with (
        machine_on(run_dir) as (machine, _),
        controlling(machine.control, relaunch=0.2) as (c, _),
    ):
        with pytest.raises(NotRunning, match="-no-shutdown") as refusal:
            await c.restart(ignore)
        assert "off" == refusal.value.extra["state"]


async def test_a_vm_that_has_shut_down_is_started_again(run_dir):
    """Restart and reset of a VM that is in the state shutdown boot it; an NMI is refused."""
    async with (
        machine_on(run_dir, "-no-shutdown") as (machine, line),
        controlling(machine.control) as (c, events),
    ):
        for verb in (c.reset, lambda: c.restart(ignore)):
            await machine.qmp("system_powerdown")
            await events.until(3)
            with pytest.raises(NotRunning, match="`com1 send reset web01`") as refusal:
                await c.nmi()
            await verb()
            await line.expect(READY)
            assert "shutdown" == refusal.value.extra["state"]
            assert [HOST_RESET, RESUMED] == await events.until(2)


async def test_one_restart_at_a_time(run_dir):
    """A second restart is refused while one is under way; a reset is not, and finishes it."""
    async with (
        machine_on(run_dir, obeys=False) as (machine, line),
        controlling(machine.control) as (c, _),
    ):
        steps = []
        restart = asyncio.create_task(c.restart(steps.append))
        await until(lambda: steps)
        with pytest.raises(ControlBusy):
            await c.restart(ignore)
        await c.reset()
        await restart
        await line.expect(READY)
        assert "web01: booting" == steps[-1]


async def test_a_restart_outlives_its_connection(run_dir):
    """A connection that is lost while the guest shuts down is made again, and all goes on."""
    path = run_dir / "wire"
    async with machine_on(run_dir, "-no-shutdown", obeys=False) as (machine, line):
        async with wire(path, machine.control) as carrier, controlling(path) as (c, _):
            steps = []
            restart = asyncio.create_task(c.restart(steps.append))
            await until(lambda: steps)
            carrier.cut()
            await until(lambda: carrier.connections == 2)
            await machine.qmp("system_reset")
            await restart
            await line.expect(READY)
            assert "web01: booting" == steps[-1]


async def test_a_reset_that_ends_qemu(run_dir):
    """With -no-reboot QEMU ends instead of resetting, and the error says so."""
    async with machine_on(run_dir, "-no-reboot") as (machine, _):
        async with controlling(machine.control) as (c, _):
            with pytest.raises(NotRunning, match="-no-reboot"):
                await c.reset()
            await machine.ended()
            assert "off" == await c.status()
