"""Cloud Hypervisor's verbs, on a real HTTP server that answers as its source says."""

import asyncio

import pytest

from com1d.control import Ability, ControlBusy, ControlRefused, Limits, VmEvent, What
from com1d.control.chv import ChvControl
from com1d.errors import NotRunning, PortTimeout, Unsupported
from control.hypervisor import Hypervisor, running
from control.machine import Events, ignore, until
from control.server import listening


BOOT = VmEvent(What.RESET, "requested")


def control_of(path, **limits) -> tuple[ChvControl, Events]:
    """Make a control, started."""
    control, events = ChvControl(str(path), "web01", Limits(**limits)), Events()
    control.start(events)
    return control, events


VERBS = {
    "nmi": lambda control: control.nmi(),
    "reboot": lambda control: control.reset(),
    "power-button": lambda control: control.restart(ignore),
}
"""By what of the API's they come down to."""


@pytest.mark.parametrize(("action", "boots"), [("nmi", []), ("reboot", [BOOT])])
async def test_what_a_verb_asks_for(run_dir, action, boots):
    """An NMI and a reset are one call each; a reset is told as a boot."""
    vm = Hypervisor()
    control, events = control_of(run_dir / "api")
    async with running(run_dir / "api", vm):
        await VERBS[action](control)
        assert ([action], boots, "running") == (vm.asked, events.seen, await control.status())


@pytest.mark.parametrize("state", ["Shutdown", "Created"])
async def test_what_has_shut_down_is_booted(run_dir, state):
    """A VM that waits is booted by a reset and by a restart, and refuses an NMI."""
    for verb in ("reboot", "power-button"):
        vm = Hypervisor(state)
        control, events = control_of(run_dir / "api")
        async with running(run_dir / "api", vm):
            with pytest.raises(NotRunning) as refusal:
                await control.nmi()
            await VERBS[verb](control)
        assert (["boot"], [BOOT], state.lower()) == (
            vm.asked, events.seen, refusal.value.extra["state"],
        )  # fmt: skip


async def test_a_restart_where_the_process_stays(run_dir):
    """With --no-shutdown the VM is booted as soon as its guest has shut down."""
    vm, steps = Hypervisor(stays=True), []
    control, events = control_of(run_dir / "api")
    async with running(run_dir / "api", vm):
        restart = asyncio.create_task(control.restart(steps.append))
        await until(lambda: vm.asked)
        vm.shut_down()
        await restart
    assert (["power-button", "boot"], [BOOT]) == (vm.asked, events.seen)
    assert [
        "web01: power button pressed; 120 s to shut down",
        "web01: in state shutdown; starting it again",
        "web01: booting",
    ] == steps


async def test_a_restart_where_the_process_ends(run_dir):
    """Without it the restart is done when another process is there."""
    vm, steps, path = Hypervisor(), [], run_dir / "api"
    control, events = control_of(path)
    async with running(path, vm):
        restart = asyncio.create_task(control.restart(steps.append))
        await until(lambda: vm.asked)
        vm.shut_down()
        await until(lambda: not path.exists())
    await until(lambda: len(steps) > 1)
    async with running(path, Hypervisor()):
        await restart
    assert "web01: the hypervisor ended; 60 s to be started again" == steps[1]
    assert [] == events.seen


async def test_a_restart_that_is_too_quick_to_see(run_dir):
    """A process that was replaced between two looks is known by its socket."""
    path, steps = run_dir / "api", []
    control, _ = control_of(path)
    async with running(path, Hypervisor()):
        restart = asyncio.create_task(control.restart(steps.append))
        await until(lambda: steps)
        async with running(path, Hypervisor()):
            await restart
    assert "web01: booting" == steps[-1]


async def test_a_restart_that_the_guest_ignores(run_dir):
    """The guest is left as it is, and the error names the way out."""
    control, _ = control_of(run_dir / "api", shutdown=0.1)
    async with running(run_dir / "api", Hypervisor()):
        with pytest.raises(PortTimeout, match="`com1 send reset web01`") as refusal:
            await control.restart(ignore)
    assert "running" == refusal.value.extra["state"]


async def test_a_restart_that_nobody_finishes(run_dir):
    """Where nothing starts the process again the error says so."""
    vm = Hypervisor()
    control, _ = control_of(run_dir / "api", relaunch=0.1)
    async with running(run_dir / "api", vm):
        restart = asyncio.create_task(control.restart(ignore))
        await until(lambda: vm.asked)
        vm.shut_down()
        with pytest.raises(NotRunning, match="--no-shutdown"):
            await restart


async def test_one_restart_at_a_time(run_dir):
    """A second restart is refused while one is under way."""
    control, _ = control_of(run_dir / "api", shutdown=0.1)
    async with running(run_dir / "api", Hypervisor()):
        first = asyncio.create_task(control.restart(ignore))
        await asyncio.sleep(0)
        with pytest.raises(ControlBusy):
            await control.restart(ignore)
        with pytest.raises(PortTimeout):
            await first


@pytest.mark.parametrize("action", VERBS)
async def test_it_hangs_up_in_the_middle(run_dir, action):
    """Whoever asked is told that it may have happened, and in which state the VM is."""
    vm = Hypervisor()
    vm.hangs_up_on = action
    control, events = control_of(run_dir / "api")
    async with running(run_dir / "api", vm):
        with pytest.raises(PortTimeout, match="may have done it or not") as refusal:
            await VERBS[action](control)
    assert ("running", []) == (refusal.value.extra["state"], events.seen)


@pytest.mark.parametrize("action", VERBS)
async def test_it_is_stuck(run_dir, action):
    """Every verb ends at its time limit, and tells the state where it can be asked for."""
    vm = Hypervisor()
    vm.silent_on = action
    limits = {"answer": 0.2, "reset": 0.2, "shutdown": 0.1, "relaunch": 0.1}
    control, _ = control_of(run_dir / "api", **limits)
    async with running(run_dir / "api", vm):
        with pytest.raises(PortTimeout, match="may still do it") as refusal:
            await VERBS[action](control)
    assert "running" == refusal.value.extra["state"]


async def test_it_is_stuck_altogether(run_dir):
    """Where not even the state can be had, none is made up."""
    vm = Hypervisor()
    vm.silent_on = "info"
    control, _ = control_of(run_dir / "api", answer=0.1)
    async with running(run_dir / "api", vm):
        with pytest.raises(PortTimeout) as refusal:
            await control.status()
    assert {} == refusal.value.extra


async def test_off(run_dir):
    """Without a process, and without a VM in it, the VM is off."""
    control, _ = control_of(run_dir / "api")
    off = await control.status()
    with pytest.raises(NotRunning) as refusal:
        await control.reset()
    async with running(run_dir / "api", Hypervisor(None)):
        with pytest.raises(NotRunning, match="there is no VM yet"):
            await control.reset()
        assert ("off", "off", "off") == (off, await control.status(), refusal.value.extra["state"])


async def test_what_it_refuses(run_dir):
    """Its own words are in the error, cause after cause."""
    control, _ = control_of(run_dir / "api")
    async with running(run_dir / "api", Hypervisor("BreakPoint")):
        with pytest.raises(ControlRefused) as refusal:
            await control.reset()
    words = "Error from API: The VM could not reboot: VM is not running"
    assert f"web01: Cloud Hypervisor refused vm.reboot (500): {words}" == str(refusal.value)
    assert "breakpoint" == refusal.value.extra["state"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"", "unknown"), (b"[]", "unknown"), (b'{"state": 7}', "unknown"), (b"[" * 9999, "unknown")],
)
async def test_a_state_that_makes_no_sense(run_dir, body, expected):
    """A state that cannot be read is unknown."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await reader.read()

    control, _ = control_of(run_dir / "api")
    async with listening(run_dir / "api", serve):
        assert expected == await control.status()


async def test_what_it_can_do(run_dir):
    """There is no way to send a break or to press a key; there is no connection to keep."""
    control, _ = control_of(run_dir / "api")
    for verb in (control.send_break, lambda: control.press(["F8"])):
        with pytest.raises(Unsupported, match="web01: Cloud Hypervisor has no"):
            await verb()
    control.retry()
    await control.stop()
    assert ("chv", frozenset({Ability.NMI, Ability.RESET, Ability.RESTART})) == (
        control.name, control.capabilities,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "uuid"),
    [
        ("6F1C2F0E-6f0c-4c6e-9a51-0d7a3a2b1c11", "6f1c2f0e-6f0c-4c6e-9a51-0d7a3a2b1c11"),
        ("my-vm", ""),
        ("", ""),
    ],
)
async def test_the_uuid_of_a_vm(run_dir, said, uuid):
    """Where its platform has one; the API's socket tells one process from the next."""
    vm = Hypervisor()
    vm.uuid = said
    control, _ = control_of(run_dir / "api")
    assert control.birth() is None
    births = []
    for _ in range(2):
        async with running(run_dir / "api", vm):
            assert uuid == await control.uuid()
            births.append(control.birth())
    assert births[0] != births[1]
    with pytest.raises(NotRunning):
        await control.uuid()
