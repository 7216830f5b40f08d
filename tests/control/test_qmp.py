"""QEMU's verbs and events, on a real VM."""

import asyncio
import os
import signal

import pytest
from qemu.qmp import QMPClient

from com1d.control import Ability, ControlBusy, ControlRefused
from com1d.control.base import What
from com1d.errors import BadRequest, NotRunning, PortTimeout, Problem, Unsupported
from control.machine import (
    BREAK,
    F1,
    NMI,
    POWER,
    READY,
    Events,
    Machine,
    controlling,
    machine_on,
    until,
)
from control.wire import wire
from guests.direct import STARTS


pytestmark = pytest.mark.guest

HOST_RESET = ("reset", "host-qmp-system-reset")
GUEST_RESET = ("reset", "guest-reset")
BUTTON, SHUTDOWN = ("power-button", ""), ("shutdown", "guest-shutdown")
PAUSED, RESUMED = ("paused", ""), ("resumed", "")


def ignore(_: str) -> None:
    """Take progress and do nothing with it."""


VERBS = {
    "nmi": lambda control: control.nmi(),
    "reset": lambda control: control.reset(),
    "restart": lambda control: control.restart(ignore),
    "break": lambda control: control.send_break(),
    "keys": lambda control: control.press(["F1"]),
    "ctrl-alt-del": lambda control: control.ctrl_alt_del(),
}

COMMANDS = {
    "nmi": b"inject-nmi",
    "reset": b"system_reset",
    "restart": b"system_powerdown",
    "break": b"chardev-send-break",
    "keys": b"send-key",
    "ctrl-alt-del": b"send-key",
}
"""What of QMP's each verb comes down to."""


async def succeeds(verb) -> bool:
    """Try a verb."""
    try:
        await verb()
    except Problem:
        return False
    return True


# -- what it can do ---------------------------------------------------------------------------


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
        await c.ctrl_alt_del()
        await line.expect(READY)
        assert ("running", set(Ability)) == (await c.status(), c.capabilities)


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
        await machine.qmp("cont")
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
        await machine.qmp("cont")
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
                await machine.qmp("cont")
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
    machine = Machine(f"unix:{run_dir / 'com1'}", run_dir)
    command = machine._command
    machine._command = lambda monitor: [
        word if word != "chardev:com1" else "none" for word in command(monitor)
    ]
    async with machine, controlling(machine.control, "/elsewhere") as (c, _):
        with pytest.raises(Unsupported, match="no character device at /elsewhere, and no COM1"):
            await c.send_break()


# -- restart ----------------------------------------------------------------------------------


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


# -- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("delivers", [True, False])
@pytest.mark.parametrize("verb", VERBS)
async def test_the_socket_is_cut_in_the_middle(run_dir, verb, delivers):
    """Whoever asked is told that it may have happened, in which state the VM is, and goes on."""
    path = run_dir / "wire"
    async with machine_on(run_dir, obeys=False) as (machine, line):
        async with wire(path, machine.control) as carrier, controlling(path) as (c, _):
            carrier.cut_at, carrier.delivers = COMMANDS[verb], delivers
            with pytest.raises(PortTimeout, match=r"may have done it\s+or not") as refusal:
                await VERBS[verb](c)
            assert ("running", b"") == (refusal.value.extra["state"], carrier.cut_at)
            await c.reset()
            await line.expect(READY)


async def test_a_question_is_asked_again(run_dir):
    """A connection that breaks under a mere question is made again, without a word."""
    path = run_dir / "wire"
    async with machine_on(run_dir) as (machine, line):
        async with wire(path, machine.control) as carrier, controlling(path) as (c, _):
            carrier.cut_at = b"query-status"
            await c.nmi()
            await line.expect(NMI)
            assert 2 == carrier.connections


@pytest.mark.parametrize("verb", VERBS)
async def test_qemu_dies_in_the_middle(run_dir, verb):
    """QEMU stops answering, and is killed: the VM is not running, says the error."""
    async with machine_on(run_dir) as (machine, _), controlling(machine.control) as (c, events):
        os.kill(machine.pid, signal.SIGSTOP)
        task = asyncio.create_task(VERBS[verb](c))
        await asyncio.sleep(0)
        await machine.kill()
        with pytest.raises(NotRunning) as refusal:
            await task
        assert ("off", "off", []) == (refusal.value.extra["state"], await c.status(), events.take())


@pytest.mark.parametrize("verb", VERBS)
async def test_qemu_is_stuck(run_dir, verb):
    """Every verb ends at its time limit, and works again when QEMU goes on."""
    limits = {"answer": 0.1, "reset": 0.1, "shutdown": 0.1, "relaunch": 0.1}
    async with machine_on(run_dir, obeys=False) as (machine, line):
        async with controlling(machine.control, **limits) as (c, _):
            os.kill(machine.pid, signal.SIGSTOP)
            try:
                with pytest.raises(PortTimeout, match="may still do it") as refusal:
                    await VERBS[verb](c)
            finally:
                os.kill(machine.pid, signal.SIGCONT)
            assert {} == refusal.value.extra
            while NMI not in line.received:  # it may boot first
                await succeeds(c.nmi)
                await asyncio.sleep(0.01)


async def test_qemu_leaves_and_returns(run_dir):
    """The VM is off, then back, and its events come without anybody asking."""
    async with machine_on(run_dir) as (machine, _), controlling(machine.control) as (c, events):
        before = await c.status()
        await machine.stop()
        between = await c.status()
        assert [("shutdown", "host-qmp-quit")] == await events.until(1)
        with pytest.raises(NotRunning):
            await c.nmi()
        with await machine.boot() as line:
            c.retry()
            await until(lambda: c._link._client is not None)
            await machine.qmp("system_reset")
            await line.expect(READY)
            assert [HOST_RESET] == await events.until(1)
        assert ("running", "off") == (before, between)


async def test_another_program_holds_the_socket(run_dir):
    """QEMU serves one client: the error says so, and when that one leaves all is well."""
    async with machine_on(run_dir) as (machine, line):
        other = QMPClient("other")
        await other.connect(str(machine.control))
        async with controlling(machine.control) as (c, _):
            with pytest.raises(ControlBusy, match="serves another program"):
                await c.nmi()
            await other.disconnect()
            while not await succeeds(c.nmi):  # QEMU has yet to notice
                await asyncio.sleep(0.01)
            await line.expect(NMI)


async def test_a_second_program_does_not_disturb(run_dir):
    """One that connects to our socket waits, until we hang up."""
    async with machine_on(run_dir) as (machine, line):
        async with controlling(machine.control) as (c, _):
            other = QMPClient("other")
            connecting = asyncio.create_task(other.connect(str(machine.control)))
            await c.nmi()
            await line.expect(NMI)
            waited = not connecting.done()
        await connecting
        await other.disconnect()
        assert waited


async def test_keys_are_judged_before_any_is_pressed(run_dir):
    """An unknown key, or too many, and none is pressed."""
    async with machine_on(run_dir) as (_, line), controlling(run_dir / "control.qmp") as (c, _):
        for keys in (["F1", "F99"], ["F1"] * 33):
            with pytest.raises(BadRequest):
                await c.press(keys)
        await c.nmi()
        assert NMI == await line.expect(NMI)


async def test_what_qemu_refuses(run_dir):
    """QEMU's own words are in the error, with the state of the VM; an unknown command differs."""
    async with machine_on(run_dir) as (_, _), controlling(run_dir / "control.qmp") as (c, _):
        with pytest.raises(ControlRefused, match="Chardev 'com9' not found"):
            await c._link.execute("chardev-send-break", id="com9")
        with pytest.raises(Unsupported, match="has not been found"):
            await c._link.execute("send-pigeon")
        with pytest.raises(ControlRefused) as refusal:
            async with c._attempt("break", 5.0):
                await c._link.execute("chardev-send-break", id="com9")
        assert "running" == refusal.value.extra["state"]


async def test_nothing_works_after_the_end(run_dir):
    """A control that was stopped does not connect again."""
    async with machine_on(run_dir) as (machine, _):
        async with controlling(machine.control) as (c, _):
            pass
        with pytest.raises(NotRunning, match="stops serving"):
            await c.nmi()


async def test_an_error_of_the_listener_is_its_own(run_dir):
    """What `on_event` raises goes to the loop's handler and harms neither connection nor events."""
    errors, events = [], Events()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: errors.append(str(context["exception"])))

    def hear(event):
        events(event)
        raise RuntimeError("deaf")

    try:
        async with machine_on(run_dir) as (machine, _), controlling(machine.control) as (c, _):
            c._on_event = hear
            await machine.qmp("stop")
            await machine.qmp("cont")
            assert ([PAUSED, RESUMED], ["deaf"] * 2) == (await events.until(2), errors)
    finally:
        loop.set_exception_handler(None)
