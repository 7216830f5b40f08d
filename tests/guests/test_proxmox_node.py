"""A node as Proxmox VE has it: its files, its sockets, its own questions, and fifty real QEMUs.

The QEMUs have no machine (`-machine none`), so they cost 30 MiB each and no time, and a monitor for
people in place of a UART; the sockets of both are those of any VM. What pvestatd does on the
monitors is played as `PVE::QMPClient` does it: it connects without waiting, again where the backlog
is full, negotiates, asks, and hangs up; after 3 s it gives up, and that VM is shown as unknown.
"""

import asyncio
import json
import socket
import struct
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from com1d.config import ConsoleConfig, DiscoverConfig, PortAddress
from daemon.discovery.test_proxmox import Host
from house import running


QUESTIONS = ("qmp_capabilities", "query-status", "query-balloon", "query-proxmox-support")
VMS = 50

ANSWER_SECONDS = 3
"""How long Proxmox waits for a VM."""


def uuid(vmid, life=1):
    return str(UUID(int=vmid << 64 | life << 16 | 4))


@asynccontextmanager
async def vm_on(host, vmid, life=1):
    """Run a VM with the options that qemu-server gives it."""
    place = f"{host.sockets}/{vmid}"
    host.define(vmid, f"vm{vmid}-{life}", uuid(vmid, life))
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-name", f"vm{vmid}"),
        *("-machine", "none", "-nodefaults", "-no-user-config", "-display", "none"),
        *("-chardev", f"socket,id=qmp,path={place}.qmp,server=on,wait=off"),
        *("-mon", "chardev=qmp,mode=control", "-smbios", f"type=1,uuid={uuid(vmid, life)}"),
        *("-chardev", f"socket,id=serial0,path={place}.serial0,server=on,wait=off"),
        *("-mon", "chardev=serial0,mode=readline"),  # what listens there, for want of a UART
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
        (host.files / f"{vmid}.conf").unlink()


class Pvestatd:
    """Asks every VM, again and again, and notes which did not answer."""

    def __init__(self, host, vmids):
        self._places = [f"{host.sockets}/{vmid}.qmp" for vmid in vmids]
        self.rounds = 0
        self.silent = []
        self.longest = 0.0

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            for place in self._places:
                began = loop.time()
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self._ask(place)
                except (TimeoutError, OSError, EOFError) as error:
                    self.silent.append((place, repr(error)))
                self.longest = max(self.longest, loop.time() - began)
            self.rounds += 1

    async def _ask(self, place):
        reader, writer = await asyncio.open_unix_connection(sock=await connected(place))
        try:
            assert b"QMP" in await reader.readline()
            for question in QUESTIONS:
                writer.write(json.dumps({"execute": question}).encode())
                while b'"event"' in await reader.readline():
                    pass
        finally:
            writer.close()
            await writer.wait_closed()


async def connected(place):
    """Connect; where the backlog is full, wait for room as long as Proxmox asks again and again."""
    client = socket.socket(socket.AF_UNIX)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", ANSWER_SECONDS, 0))
    try:
        await asyncio.to_thread(client.connect, place)
    except BaseException:
        client.close()
        raise
    client.setblocking(False)
    return client


async def test_a_node_with_its_own_life(run_dir):
    """All found, named and controlled, one of them replaced; Proxmox is answered throughout."""
    host = Host(run_dir / "node")
    vmids = range(100, 100 + VMS)
    template = ConsoleConfig("", PortAddress("unix", ""), discovered="pve", set="pve")
    table = DiscoverConfig("pve", template, proxmox=str(host.root))
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        await first.enter_async_context(vm_on(host, 100))
        for vmid in vmids[1:]:
            await stack.enter_async_context(vm_on(host, vmid))
        house = await stack.enter_async_context(running(run_dir, discover=(table,)))
        consoles = house.service.consoles
        await house.until(
            lambda: len(consoles) == VMS and all(one.connected for one in consoles.values())
        )
        pvestatd = Pvestatd(host, vmids[1:])
        asking = asyncio.create_task(pvestatd.run())
        stack.callback(asking.cancel)

        answers = await asyncio.gather(
            *(house.request("POST", f"/v1/consoles/{name}/reset") for name in tuple(consoles))
        )
        assert {200} == {answer.status for answer in answers}
        by_uuid = (await house.get(f"/v1/consoles/{uuid(100)}")).json
        assert ("vm100-1", "100", "pve") == tuple(by_uuid[key] for key in ("name", "vm", "set"))
        assert not by_uuid["control"]["hears"]

        await first.aclose()  # VM 100 is destroyed, and its number given away
        await stack.enter_async_context(vm_on(host, 100, life=2))
        await house.until(lambda: "vm100-2" in consoles and consoles["vm100-2"].connected)
        assert uuid(100, 2) == consoles["vm100-2"].identity.uuid
        assert "vm100-1" not in consoles

        rounds = pvestatd.rounds
        await house.until(lambda: pvestatd.rounds >= rounds + 2)
        assert not pvestatd.silent
        assert pvestatd.longest < ANSWER_SECONDS
        assert not asking.done()
