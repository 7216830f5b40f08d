"""What the daemon answers to the verbs that act on a VM: done, or why not, and its state then.

The VM is the one of 148 bytes that says what happens to it; see `control.machine`.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from qemu.qmp import QMPClient

from com1d.control.base import Limits
from control.machine import BREAK, F1, NMI, POWER, READY, Machine
from control.server import listening
from control.wire import wire
from house import House, events, running


pytestmark = pytest.mark.guest

VERBS = {
    "nmi": {},
    "reset": {},
    "restart": {},
    "break": {},
    "keys": {"keys": ["F1"], "on": "keyboard"},
}
"""Each with its body."""

COMMANDS = {
    "nmi": b"inject-nmi",
    "reset": b"system_reset",
    "restart": b"system_powerdown",
    "break": b"chardev-send-break",
    "keys": b"send-key",
}
"""What of QMP's each verb comes down to."""

AT_ONCE = Limits(answer=0.1, reset=0.1, shutdown=0.1, relaunch=0.1)


class Vm:
    """The console `vm` of a daemon, and its machine."""

    def __init__(self, house: House, machine: Machine) -> None:
        self.house = house
        self.machine = machine
        self._console = house.service.consoles["vm"]

    async def does(self, verb: str) -> tuple[int, dict]:
        """Ask for a verb; give status and answer."""
        body = json.dumps(VERBS[verb]).encode()
        answer = await self.house.request("POST", f"/v1/consoles/vm/{verb}", body)
        return answer.status, answer.json

    async def refuses(self, verb: str) -> tuple[int, str, str | None]:
        """Ask for a verb that is refused; give status, code, and the VM's state."""
        status, problem = await self.does(verb)
        return status, problem["code"], problem.get("state")

    async def says(self, words: bytes) -> None:
        """Wait until the guest has said so, after what it has been heard to say."""
        ring = self._console.ring
        await self.house.until(lambda: words in ring.read(self._heard, 65536))
        self._heard += ring.read(self._heard, 65536).index(words) + len(words)

    _heard = 0

    def hurry(self, limits: Limits = AT_ONCE) -> None:
        """Have verbs time out soon."""
        self._console.vm._control._limits = limits

    async def power_on(self) -> None:
        """Start it, and wait until it runs."""
        await self.machine.start()
        await self.says(READY)


@asynccontextmanager
async def vm_off(
    folder: Path, *options: str, obeys: bool = True, control: str = "control.qmp"
) -> AsyncIterator[Vm]:
    """Serve a VM that is not running."""
    async with running(folder, "vm", control=f"qmp:{folder}/{control}") as house:
        machine = Machine(f"pipe:{folder}/guests/vm", folder, *options, obeys=obeys)
        try:
            yield Vm(house, machine)
        finally:
            await machine.stop()


@asynccontextmanager
async def vm_on(folder: Path, *options: str, **how: Any) -> AsyncIterator[Vm]:
    """Serve a VM that runs."""
    async with vm_off(folder, *options, **how) as vm:
        await vm.power_on()
        yield vm


async def test_what_is_done_is_told_with_the_state(run_dir):
    """Each verb does what it says, while somebody else's session goes on undisturbed."""
    async with vm_on(run_dir, "-no-shutdown") as vm, vm.house.attach("vm") as client:
        await events(client, "replayed")
        for verb, said in (("nmi", NMI), ("break", BREAK), ("keys", F1), ("reset", READY)):
            pressed = {"pressed": 1} if verb == "keys" else {}
            assert (200, pressed | {"state": "running"}) == await vm.does(verb)
            await vm.says(said)
        assert (200, {"state": "running"}) == await vm.does("restart")
        await vm.says(POWER + READY)
        told, stream = [], b""
        while not told or "resumed" != told[-1].get("what"):
            seen, more = await events(client, "vm")
            told, stream = told + seen, stream + more

    assert NMI + BREAK + F1 + READY + POWER == stream[:5]
    whats = ["reset", "power-button", "progress", "shutdown", "paused"]
    assert {"vm", "guest"} >= {event["event"] for event in told}
    assert whats == [event["what"] for event in told if event["event"] == "vm"][:5]
    audit = run_dir / "log" / "audit.jsonl"
    deeds = [json.loads(line) for line in audit.read_text().splitlines()]
    [keyed] = [deed for deed in deeds if deed.get("verb") == "keys"]
    assert {"keys": 1, "keyboard": "F1"} == keyed["details"]


async def test_a_guest_that_ignores_its_power_button(run_dir):
    """It is left as it is, and everybody is told: who asked, and who is attached."""
    async with vm_on(run_dir, "-no-shutdown", obeys=False) as vm, vm.house.attach("vm") as client:
        await events(client, "replayed")
        vm.hurry(Limits(shutdown=0.2))
        assert (504, "port-timeout", "running") == await vm.refuses("restart")
        await vm.does("nmi")
        await vm.says(NMI)
        texts = []
        while len(texts) < 2:
            seen, _ = await events(client, "vm")
            texts += [event["text"] for event in seen if event.get("what") == "progress"]

    assert "vm: power button pressed; 0.2 s to shut down" == texts[0]
    assert texts[1].startswith("restart: vm has not shut down for 0.2 s")


async def test_a_restart_outlives_its_client(run_dir):
    """Who asked for it hangs up while the guest shuts down: it boots again nevertheless."""
    async with vm_on(run_dir, "-no-shutdown", obeys=False) as vm:
        asking = asyncio.create_task(vm.does("restart"))
        await vm.house.until(lambda: vm._console.vm._restarts)
        asking.cancel()
        await asyncio.wait([asking])
        assert (409, "busy", "restarting") == await vm.refuses("restart")
        await vm.machine.qmp("system_reset")
        await vm.says(READY)
        await vm.house.until(lambda: not vm._console.vm._restarts)


async def test_a_daemon_that_stops_ends_a_restart(run_dir):
    """Who asked for the restart is told that it was not finished."""
    async with vm_on(run_dir, "-no-shutdown", obeys=False) as vm:
        asking = asyncio.create_task(vm.refuses("restart"))
        await vm.house.until(lambda: vm._console.vm._restarts)
        await vm._console.vm.stop()
        assert (409, "not-running", None) == await asking


@pytest.mark.parametrize("verb", VERBS)
async def test_the_vm_is_off(run_dir, verb):
    """Not running, says the answer, and that it is off."""
    async with vm_off(run_dir) as vm:
        assert (409, "not-running", "off") == await vm.refuses(verb)


async def test_the_vm_is_paused(run_dir):
    """A guest that stands still would not notice: not running, but for a reset."""
    async with vm_on(run_dir) as vm:
        await vm.machine.qmp("stop")
        for verb in VERBS.keys() - {"reset"}:
            assert (409, "not-running", "paused") == await vm.refuses(verb)
        assert (200, {"state": "prelaunch"}) == await vm.does("reset")


async def test_qmp_is_busy(run_dir):
    """Another program holds the socket: `busy`, as for a session, but in its own words."""
    other = QMPClient("other")
    async with vm_off(run_dir, control="link") as vm:
        await vm.machine.start()
        await other.connect(str(vm.machine.control))
        (run_dir / "link").symlink_to(vm.machine.control)
        await vm.house.up("vm")
        for verb in VERBS:
            status, problem = await vm.does(verb)
            assert (409, "busy") == (status, problem["code"])
            assert "The VM's control is busy" == problem["title"]
            assert "serves another program" in problem["detail"]
        await other.disconnect()


async def test_the_hypervisor_is_stuck(run_dir):
    """Each verb has a time limit of its own; nobody knows the state then."""
    async with vm_on(run_dir) as vm:
        vm.hurry()
        os.kill(vm.machine.pid, signal.SIGSTOP)
        try:
            for verb in ("nmi", "restart"):  # the others, too: see tests/control
                assert (504, "port-timeout", None) == await vm.refuses(verb)
        finally:
            os.kill(vm.machine.pid, signal.SIGCONT)


async def test_the_hypervisor_refuses(run_dir):
    """What listens there is no QEMU: refused, and nobody knows the state."""

    async def garbage(_, writer):
        writer.write(b"I am a teapot\n")
        await writer.drain()

    async with listening(run_dir / "teapot", garbage), vm_off(run_dir, control="teapot") as vm:
        await vm.machine.start()
        await vm.house.up("vm")
        for verb in VERBS:
            assert (502, "refused-by-hypervisor", None) == await vm.refuses(verb)


async def test_the_socket_is_cut_in_the_middle(run_dir):
    """Nobody knows whether it happened, but the state of the VM is known."""
    async with vm_off(run_dir, "-no-shutdown", obeys=False, control="wire") as vm:
        async with wire(run_dir / "wire", vm.machine.control) as carrier:
            await vm.power_on()
            for verb in VERBS:
                carrier.cut_at, carrier.delivers = COMMANDS[verb], False
                if verb == "restart":  # it goes on without the connection, and times out
                    vm.hurry(Limits(shutdown=0.2))
                assert (504, "port-timeout", "running") == await vm.refuses(verb)
                assert b"" == carrier.cut_at
            assert (200, {"state": "running"}) == await vm.does("nmi")
            await vm.says(NMI)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"keys": ["F99"], "on": "keyboard"}, 400, "unknown key"),
        ({"keys": ["F1"] * 33, "on": "keyboard"}, 400, "the limit is 32"),
        ({"keys": ["F1"], "on": "screen"}, 400, '"on" must be "serial" or "keyboard"'),
    ],
)
async def test_keys_are_judged_first(run_dir, body, status, words):
    """A wrong name or place is the caller's mistake, whatever the VM does."""
    async with vm_off(run_dir) as vm:
        answer = await vm.house.request("POST", "/v1/consoles/vm/keys", json.dumps(body).encode())
    assert (status, True) == (answer.status, words in answer.json["detail"])
