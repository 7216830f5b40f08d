"""A real VM whose QEMU is stuck, killed, gone, cut off, or taken by another program."""

import asyncio
import os
import signal

import pytest
from qemu.qmp import QMPClient

from com1d.control import ControlBusy, ControlRefused
from com1d.errors import BadRequest, NotRunning, PortTimeout, Problem, Unsupported
from control.machine import (
    HOST_RESET,
    NMI,
    PAUSED,
    READY,
    RESUMED,
    Events,
    controlling,
    ignore,
    machine_on,
    until,
)
from control.wire import wire


pytestmark = pytest.mark.guest

VERBS = {
    "nmi": lambda control: control.nmi(),
    "reset": lambda control: control.reset(),
    "restart": lambda control: control.restart(ignore),
    "break": lambda control: control.send_break(),
    "keys": lambda control: control.press(["F1"]),
}

COMMANDS = {
    "nmi": b"inject-nmi",
    "reset": b"system_reset",
    "restart": b"system_powerdown",
    "break": b"chardev-send-break",
    "keys": b"send-key",
}
"""What of QMP's each verb comes down to."""


async def succeeds(verb) -> bool:
    """Try a verb."""
    try:
        await verb()
    except Problem:
        return False
    return True


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
            await machine.go()
            assert ([PAUSED, RESUMED], ["deaf"] * 2) == (await events.until(2), errors)
    finally:
        loop.set_exception_handler(None)
