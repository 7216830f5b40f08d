"""QEMU's only monitor, shared or com1d's own, while the VM and the daemon are restarted.

Its other user is played by a client of QMP that asks, hangs up, and begins again.
"""

import asyncio
from functools import partial
from typing import Any

import pytest
from qemu.qmp import QMPClient

from com1d.config import ConsoleConfig, DiscoverConfig, PortAddress
from control.machine import Machine
from house import PATIENCE, running


pytestmark = pytest.mark.guest

FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"

OWNER_SECONDS = 3.0
"""How long the owner of a monitor waits: as Proxmox does."""


def table(vms, monitor):
    template = ConsoleConfig(
        "",
        PortAddress("unix", ""),
        discovered="vms",
        control=f"qmp:{vms}/control.qmp",
        monitor=monitor,
    )
    return DiscoverConfig("vms", template, glob=f"{vms}/*.sock")


def resets_of(house):
    """Note from now on which resets the daemon hears of."""
    noted = []
    publish = house.service.events.publish

    def note(fact):
        if fact.event == "vm.changed":
            noted.append(fact.what)
        publish(fact)

    house.service.events.publish = note
    return noted


async def owner_asks(machine):
    """Ask as the VM's owner does; give what the VM is doing."""
    owner = QMPClient("owner")
    async with asyncio.timeout(OWNER_SECONDS):
        await owner.connect(str(machine.control))
        answer: Any = await owner.execute("query-status")
        await owner.disconnect()
    return answer["status"]


@pytest.mark.parametrize("monitor", ["auto", "shared", "own"])
async def test_a_monitor_over_restarts_of_vm_and_daemon(run_dir, monitor):
    """Verbs go to the VM that runs; who shares is answered; who owns hears of resets by others."""
    vms = run_dir / "vms"
    vms.mkdir()
    verbs, owner, heard = [], [], []
    for _ in range(2):
        async with running(run_dir, discover=(table(vms, monitor),)) as house:
            resets = resets_of(house)
            for _ in range(2):
                async with Machine(f"unix:{vms}/web.sock", vms, "-uuid", FIRST) as machine:
                    await house.until(lambda: "web" in house.service.consoles)
                    await house.up("web")
                    console = house.service.consoles["web"]
                    verbs.append((await house.request("POST", "/v1/consoles/web/reset")).status)
                    if monitor != "own":
                        owner.append(await owner_asks(machine))
                    resets.clear()
                    await machine.qmp("system_reset")
                    if monitor == "own":
                        await house.until(partial(bool, resets))
                        heard.append((console.vm.describe() or {})["hears"])
                (vms / "web.sock").unlink(missing_ok=True)
                await house.until(lambda: "web" not in house.service.consoles)
    assert [200] * 4 == verbs
    assert (["running"] * 4, []) == (owner, heard) or ([], [True] * 4) == (owner, heard)


@pytest.mark.parametrize("kind", ["pipe", "listen", "unix"])
async def test_another_qemu_at_the_same_place_is_another_vm(run_dir, kind):
    """By the UUID of `-uuid`, on whatever kind of port, also while the daemon is away."""
    port = PortAddress(kind, f"{run_dir}/com1")
    control = f"qmp:{run_dir}/control.qmp"
    sizes = []
    for uuid in (FIRST, SECOND, FIRST):
        async with (
            running(run_dir, "web", port=port, control=control, monitor="shared") as house,
            Machine(f"{kind}:{run_dir}/com1", run_dir, "-uuid", uuid) as machine,
        ):
            consoles = house.service.consoles
            await house.until(partial(is_served, consoles, uuid))
            await printing(machine, consoles["web"])
            sizes.append(len((await house.get("/v1/consoles/web/log?from=0")).body))
            names = [one["name"] for one in (await house.get("/v1/logs")).json["logs"]]
    assert sizes[0] < sizes[2]
    assert [f"web.{SECOND}"] == names


def is_served(consoles, uuid):
    """Tell whether the console is that of this VM, and has its line."""
    web = consoles.get("web")
    return web is not None and web.identity.uuid == uuid and web.connected


async def printing(machine, console):
    """Press a key until the guest answers: what another VM prints at first is lost on `listen:`."""
    async with asyncio.timeout(PATIENCE):
        while not console.log.printed:
            await machine.qmp("send-key", keys=[{"type": "qcode", "data": "f1"}])
            await asyncio.sleep(0.01)
