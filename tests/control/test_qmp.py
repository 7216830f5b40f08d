"""QEMU's verbs and events, on a real VM."""

import asyncio

import pytest

from com1d.control import Ability
from com1d.control.base import What
from com1d.errors import Unsupported
from control.machine import (
    BREAK,
    BUTTON,
    F1,
    GUEST_RESET,
    HOST_RESET,
    NMI,
    PAUSED,
    POWER,
    READY,
    RESUMED,
    SHUTDOWN,
    Machine,
    controlling,
    machine_on,
    until,
)
from guests.direct import STARTS


pytestmark = pytest.mark.guest


async def test_the_guest_feels_every_verb(run_dir):
    """NMI, break and keys reach the guest; a reset and Ctrl-Alt-Delete boot it anew."""
    async with machine_on(run_dir) as (_, line), controlling(run_dir / "control.qmp") as (c, _):
        await c.nmi()
        await line.expect(NMI)
        await c.send_break()
        await line.expect(BREAK)
        await c.press(["F1", "f1", "F1"])
        await line.expect(F1 * 3)
        await c.reset()
        await line.expect(READY)
        await c.press(["Ctrl-Alt-Delete"])
        await line.expect(READY)
        assert ("running", frozenset(Ability)) == (await c.status(), c.capabilities)


async def test_one_reset_is_one_boot(run_dir):
    """However often the firmware resets after a reset, guest's or host's, one boot is told."""
    async with (
        machine_on(run_dir) as (machine, line),
        controlling(machine.control) as (c, events),
    ):
        await c.press(["F8"])
        await line.expect(READY)
        first = await events.until(1)
        await c.reset()
        await line.expect(READY)
        assert ([GUEST_RESET], [HOST_RESET]) == (first, await events.until(1))


async def test_a_reset_leaves_a_paused_vm_paused(run_dir):
    """Who paused the VM continues it; the boot that begins only then is still the same one."""
    async with (
        machine_on(run_dir) as (machine, line),
        controlling(machine.control) as (c, events),
    ):
        await machine.qmp("stop")
        await c.reset()
        state = await c.status()
        await machine.go()
        await line.expect(READY)
        assert ("prelaunch", [PAUSED, HOST_RESET, RESUMED]) == (state, await events.until(3))


async def test_what_happens_to_the_vm_is_told(run_dir):
    """Watchdog, panic and crash dump, pause, power button and shutdown become events."""
    async with (
        machine_on(run_dir, "-no-shutdown") as (machine, line),
        controlling(machine.control) as (c, events),
    ):
        await c.press(["F7", "F9", "F10"])
        crashes = await events.until(3)
        await machine.qmp("stop")
        await machine.go()
        await machine.qmp("system_powerdown")
        await line.expect(POWER)
        assert [("watchdog", ""), ("panic", "pvpanic"), ("crash-dump", "pvpanic")] == crashes
        assert [PAUSED, RESUMED, BUTTON, SHUTDOWN, PAUSED] == await events.until(5)


async def test_events_carry_details(run_dir):
    """What QEMU did about a watchdog and a panic is in the event."""
    async with machine_on(run_dir) as (_, _), controlling(run_dir / "control.qmp") as (c, events):
        await c.press(["F7", "F9"])
        await until(lambda: len(events.seen) == 2)
        assert [
            (What.WATCHDOG, {"action": "none"}),
            (What.PANIC, {"action": "run"}),
        ] == [(event.what, event.detail) for event in events.seen]


@pytest.mark.parametrize("kind", STARTS)
async def test_a_break_finds_the_port(run_dir, kind):
    """Over every kind of port the break goes to the console's character device, not another's."""
    path, other = run_dir / "com1", f"unix:{run_dir / 'other'},server=on,wait=off"
    machine = Machine(f"{kind}:{path}", run_dir, "-serial", other, "-S")
    try:
        with await STARTS[kind](machine, path) as line:
            port = (await machine.pty_path()) if kind == "pty" else path
            async with controlling(machine.control, port) as (c, _):
                await machine.go()
                while BREAK not in line.received:  # until the guest looks, and QEMU at its pty
                    await c.send_break()
                    await asyncio.sleep(0.05)
    finally:
        await machine.stop()


async def test_a_break_goes_to_com2_where_the_port_is_that(run_dir):
    """A console on a VM's second port has its breaks there: COM1 hears none."""
    com2 = run_dir / "com2"
    async with (
        machine_on(run_dir, "-serial", f"unix:{com2},server=on,wait=off") as (_, line),
        controlling(run_dir / "control.qmp", com2) as (c, _),
    ):
        await c.send_break()
        await c.nmi()
        assert NMI == await line.expect(NMI)


async def test_a_break_needs_a_port(run_dir):
    """A VM without a serial port cannot be sent a break, and the error says so."""

    class Portless(Machine):
        def command(self, monitor):
            return [word if word != "chardev:com1" else "none" for word in super().command(monitor)]

    machine = Portless(f"unix:{run_dir / 'com1'}", run_dir)
    async with machine, controlling(machine.control, "/elsewhere") as (c, _):
        with pytest.raises(Unsupported, match="no character device at /elsewhere, and no COM1"):
            await c.send_break()
