"""Another VM with a console's name: its history, its sessions and its log are its own."""

import asyncio
import os
import select
import socket
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress

import pytest

from com1d import wire
from com1d.config import ConsoleConfig, DiscoverConfig, PortAddress, RoleConfig
from control.hypervisor import remove
from control.monitor import monitor_at
from house import PATIENCE, events, read_bytes, running
from ports.ends import PipeGuest, listening_at


FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"


@asynccontextmanager
async def vm_at(folder, name, uuid):
    """Be a VM as Proxmox has it: a serial port and a monitor; give what it prints to."""
    async with AsyncExitStack() as stack:
        folder.mkdir(exist_ok=True)
        monitor = await stack.enter_async_context(monitor_at(folder / f"{name}.qmp", uuid))
        port = stack.enter_context(listening_at(folder / f"{name}.serial0"))
        stack.callback((folder / f"{name}.serial0").unlink)
        yield monitor, port


def discovery(folder, **settings):
    control = f"qmp:{folder}/{{name}}.qmp"
    template = ConsoleConfig(
        "", PortAddress("unix", ""), discovered="pve", control=control, **settings
    )
    return DiscoverConfig("pve", template, glob=f"{folder}/*.serial0")


def whole(house, name):
    ring = house.service.consoles[name].ring
    return ring.read(ring.start, ring.end - ring.start)


async def served(house, name, uuid):
    await house.until(
        lambda: (
            name in house.service.consoles
            and house.service.consoles[name].connected
            and house.service.consoles[name].identity.uuid == uuid
        )
    )


@asynccontextmanager
async def guest_of(house, name, port, data):
    guest = await asyncio.to_thread(port.accept)
    with guest:
        guest.send(data)
        await house.until(lambda: data in whole(house, name))
        yield guest


async def test_a_vm_with_the_name_of_another_gets_nothing_of_it(run_dir):
    """Neither as replay nor as a boot of the log; the old one's log is kept for owners."""
    vms = run_dir / "vms"
    async with running(run_dir, discover=(discovery(vms),)) as house:
        async with vm_at(vms, "100", FIRST) as (_, port):
            await served(house, "100", FIRST)
            async with guest_of(house, "100", port, b"hunter2\r\n"):
                pass
        await house.until(lambda: "100" not in house.service.consoles)
        async with vm_at(vms, "100", SECOND) as (monitor, port):
            await served(house, "100", SECOND)
            async with guest_of(house, "100", port, b"of B\r\n"):
                async with house.attach("100", "?mode=observe") as client:
                    seen, stream = await events(client, "replayed")
                log = (await house.get("/v1/consoles/100/log")).body
                everything = (await house.get("/v1/consoles/100/log?from=0")).body
            old = (await house.get(f"/v1/consoles/100.{FIRST}/log")).body
            logs = (await house.get("/v1/logs")).json["logs"]
            console = (await house.get("/v1/consoles/100")).json

    assert (b"of B\r\n",) * 3 == (stream, log, everything)
    assert (SECOND, SECOND) == (seen[0]["uuid"], console["uuid"])
    assert b"hunter2\r\n" == old
    assert [("100", FIRST, f"100.{FIRST}")] == [
        (one["console"], one["uuid"], one["name"]) for one in logs
    ]
    assert ["qmp_capabilities", "query-uuid"] * 2 == monitor.asked  # by the console before, too
    assert not monitor.turn.locked()


async def test_who_is_on_the_old_vm_is_sent_away_with_a_word(run_dir):
    """He types into no other VM than the one he has attached to."""
    vms = run_dir / "vms"
    async with running(run_dir, discover=(discovery(vms),)) as house, AsyncExitStack() as stack:
        async with vm_at(vms, "100", FIRST) as (_, port):
            await served(house, "100", FIRST)
            client = await stack.enter_async_context(house.attach("100", "?mode=observe"))
            reader, writer = await stack.enter_async_context(house.raw("100"))
            await house.until(lambda: house.service.consoles["100"].seating.active)
        async with vm_at(vms, "100", SECOND) as (_, port):
            async with asyncio.timeout(PATIENCE):
                said = await reader.read()
                await client.wait_closed()
            writer.write(b"reboot\r")
            await served(house, "100", SECOND)
            with await asyncio.to_thread(port.accept) as guest:
                guest.setblocking(False)
                with pytest.raises(BlockingIOError):
                    guest.recv(1)
    assert (wire.CLOSE_REPLACED, "another VM has the name 100 now") == (
        client.close_code, client.close_reason
    )  # fmt: skip
    assert b"another VM has the name 100 now" in said


async def test_the_same_vm_again_goes_on(run_dir):
    """A restart is no other VM: its session stays, and its log has both lives."""
    vms = run_dir / "vms"
    async with running(run_dir, discover=(discovery(vms),)) as house, AsyncExitStack() as stack:
        async with vm_at(vms, "100", FIRST) as (_, port):
            await served(house, "100", FIRST)
            client = await stack.enter_async_context(house.attach("100"))
            await events(client, "replayed")
            async with guest_of(house, "100", port, b"one"):
                assert b"one" == await read_bytes(client, 3)
        async with vm_at(vms, "100", FIRST) as (_, port):
            await events(client, "port-up")
            async with guest_of(house, "100", port, b"two"):
                assert b"two" == await read_bytes(client, 3)
        everything = (await house.get("/v1/consoles/100/log?from=0")).body
    assert b"onetwo" == everything


@pytest.mark.parametrize("log_size", [1 << 20, 0], ids=["with a log", "without"])
@pytest.mark.parametrize("kind", ["unix", "pipe", "listen"])
async def test_a_configured_console_begins_anew_as_well(run_dir, kind, log_size):
    """Whatever kind its port is of: the bytes of the new VM are in no history but its own."""
    target = run_dir / "com1"
    config = {
        "port": PortAddress(kind, str(target)),
        "control": f"qmp:{run_dir}/web.qmp",
        "log_size": log_size,
    }
    host = {"require_boot_diagnostics": False}
    async with running(run_dir, "web", host=host, **config) as house:
        for uuid, said in ((FIRST, b"first"), (SECOND, b"second")):
            async with monitor_at(run_dir / "web.qmp", uuid):
                async with end_of(kind, target) as send:
                    await served(house, "web", uuid)
                    send(said)
                    await house.until(lambda said=said: said in whole(house, "web"))
                    assert said == whole(house, "web")
                await house.until(lambda: not house.service.consoles["web"].connected)


@asynccontextmanager
async def end_of(kind, path):
    """Be the VM's end of a port; give what prints."""
    if kind == "pipe":
        with PipeGuest(path) as fifos:
            yield lambda data: os.write(fifos.writes, data)
    elif kind == "listen":
        async with dialling(path) as send:
            yield send
    else:
        with listening_at(path) as vm, ExitStack() as stack:
            yield sender(vm, stack)
        remove(path)


def sender(vm, stack):
    """Give what sends on the line that com1d has now: it connects anew to a VM that is another."""
    lines = []

    def send(data):
        while True:
            with suppress(IndexError, BrokenPipeError):
                return lines[-1].send(data)
            lines.append(stack.enter_context(vm.accept()))

    return send


@asynccontextmanager
async def dialling(path):
    """Dial again when nobody listens or answers, as QEMU does with `reconnect=1`."""
    lines = []

    async def dial():
        while True:
            with suppress(BlockingIOError, FileNotFoundError, ConnectionError):
                if not lines or not lines[-1].recv(1):
                    fresh = stack.enter_context(socket.socket(socket.AF_UNIX))
                    fresh.connect(str(path))
                    fresh.setblocking(False)
                    lines.append(fresh)
            await asyncio.sleep(0.001)

    def send(data):
        lines[-1].send(data)

    with ExitStack() as stack:
        task = asyncio.create_task(dial())
        stack.callback(task.cancel)
        yield send


@pytest.mark.parametrize("kind", ["unix", "listen"])
async def test_the_line_on_which_another_vm_was_found_is_not_made_twice(run_dir, kind):
    """What it had printed until then is its own console's; it dials, or is dialled, once."""
    target, control = run_dir / "com1", f"qmp:{run_dir}/web.qmp"
    port = PortAddress(kind, str(target))
    async with running(run_dir, "web", port=port, control=control) as house:
        async with monitor_at(run_dir / "web.qmp", FIRST), end_of(kind, target):
            await served(house, "web", FIRST)
        await house.until(lambda: not house.service.consoles["web"].connected)
        keeper = house.service.consoles["web"].circuit.keeper
        async with only_line(kind, target) as reached, AsyncExitStack() as stack:
            await house.until(lambda: kind == "unix" or keeper.reason.startswith("waiting for"))
            await reached()
            await stack.enter_async_context(monitor_at(run_dir / "web.qmp", SECOND))
            with await reached() as line:
                line.send(b"from the first byte")
                await served(house, "web", SECOND)
                line.send(b" to the last")
                await house.until(lambda: whole(house, "web").endswith(b"last"))
                assert b"from the first byte to the last" == whole(house, "web")


@asynccontextmanager
async def only_line(kind, path):
    """Be a VM with one line; give what waits for com1d to have come, and then what accepts it.

    QEMU makes its sockets in this order: a serial port, a monitor; and then accepts.
    """
    with socket.socket(socket.AF_UNIX) as end:
        if kind == "unix":
            end.bind(str(path))
            end.listen()

        def reached():
            if kind == "unix":
                assert select.select([end], [], [], PATIENCE)[0]

        def accepted():
            if kind == "unix":
                return end.accept()[0]
            end.connect(str(path))
            return end.dup()

        steps = iter([reached, accepted])
        yield lambda: asyncio.to_thread(next(steps))
    remove(path)


async def test_a_vm_found_late_keeps_its_line(run_dir):
    """Its monitor did not answer when the port was opened: so much of it is the other's."""
    target, control = run_dir / "com1", f"qmp:{run_dir}/web.qmp"
    port = PortAddress("listen", str(target))
    async with running(run_dir, "web", port=port, control=control) as house:
        async with monitor_at(run_dir / "web.qmp", FIRST), end_of("listen", target):
            await served(house, "web", FIRST)
        await house.until(lambda: not house.service.consoles["web"].connected)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(target))
            line.send(b"early")
            await house.until(lambda: whole(house, "web").endswith(b"early"))
            async with monitor_at(run_dir / "web.qmp", SECOND):
                await served(house, "web", SECOND)
                line.send(b"late")
                await house.until(lambda: b"late" == whole(house, "web"))


async def test_a_vm_that_came_while_the_daemon_was_away_is_another(run_dir):
    """The log says whose it is, and nothing of it is shown first."""
    vms = run_dir / "vms"
    for uuid, said in ((FIRST, b"first"), (SECOND, b"second")):
        async with vm_at(vms, "100", uuid) as (_, port):
            async with running(run_dir, discover=(discovery(vms),)) as house:
                await served(house, "100", uuid)
                async with guest_of(house, "100", port, said):
                    log = (await house.get("/v1/consoles/100/log?from=0")).body
                assert said == log


async def test_an_old_log_is_for_owners_alone(run_dir):
    """Whose scope covers its own name: the owner of `100` is the new VM's."""
    vms = run_dir / "vms"
    uid = os.geteuid()
    answers = {}
    for role, scope in (("owner", "*"), ("owner", "100"), ("reader", "*"), ("owner", f"*.{FIRST}")):
        roles = (RoleConfig("uid", uid, role, scope),)
        async with running(run_dir, discover=(discovery(vms),), roles=roles) as house:
            if not answers:
                async with vm_at(vms, "100", FIRST) as (_, port):
                    await served(house, "100", FIRST)
                    async with guest_of(house, "100", port, b"hunter2"):
                        pass
            async with vm_at(vms, "100", SECOND):
                await served(house, "100", SECOND)
                status = (await house.get(f"/v1/consoles/100.{FIRST}/log")).status
                logs = (await house.get("/v1/logs")).json["logs"]
                answers[role, scope] = status, len(logs)
    assert {
        ("owner", "*"): (200, 1), ("owner", "100"): (404, 0), ("reader", "*"): (403, 0),
        ("owner", f"*.{FIRST}"): (200, 1),
    } == answers  # fmt: skip


async def test_a_console_is_called_by_its_vms_uuid_too(run_dir):
    """By who may see it, whatever its letters; and what has the UUID as its name goes before."""
    vms, uid = run_dir / "vms", os.geteuid()
    for scope, status in (("100", 200), ("db*", 404)):
        roles = (RoleConfig("uid", uid, "reader", scope),)
        async with running(run_dir, discover=(discovery(vms),), roles=roles) as house:
            async with vm_at(vms, "100", FIRST):
                await served(house, "100", FIRST)
                answer = await house.get(f"/v1/consoles/{FIRST.upper()}")
                log = await house.get(f"/v1/consoles/{FIRST}/boots")
                assert (status, status) == (answer.status, log.status)
                assert status == 404 or answer.json["name"] == "100"
                assert b"100" not in answer.body or status == 200


async def test_a_vm_that_takes_the_fifos_over_from_another(run_dir):
    """The line never ends, since one of both always holds it; the next VM's monitor tells."""
    port = PortAddress("pipe", str(run_dir / "com1"))
    async with running(run_dir, "web", port=port, control=f"qmp:{run_dir}/web.qmp") as house:
        async with AsyncExitStack() as stack:
            async with monitor_at(run_dir / "web.qmp", FIRST):
                first = stack.enter_context(PipeGuest(run_dir / "com1"))
                await served(house, "web", FIRST)
                os.write(first.writes, b"hunter2")
                await house.until(lambda: whole(house, "web") == b"hunter2")
            await stack.enter_async_context(monitor_at(run_dir / "web.qmp", SECOND))
            second = stack.enter_context(PipeGuest(run_dir / "com1"))
            await served(house, "web", SECOND)
            os.write(second.writes, b"of the second")
            await house.until(lambda: whole(house, "web") == b"of the second")
