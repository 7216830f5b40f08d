"""VMs of a node laid out as Proxmox does: files in /etc/pve, sockets in /run."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from com1d.config import Found, PortAddress
from com1d.daemon.discovery import proxmox
from com1d.daemon.discovery.proxmox import Node
from com1d.loop.watch import Watcher
from daemon.discovery.test_directory import Seen


FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"


class Host:
    """The node's file system, below `root`; /etc/pve/qemu-server is a link, as on a node."""

    def __init__(self, root):
        self.root = root
        self.files = root / "etc/pve/nodes/pve1/qemu-server"
        self.sockets = root / "run/qemu-server"
        for folder in (self.files, self.sockets):
            folder.mkdir(parents=True)
        (root / "etc/pve/qemu-server").symlink_to("nodes/pve1/qemu-server")

    def define(self, vmid, name, uuid=FIRST, serial="serial0: socket"):
        """Write a VM's file as pmxcfs does: beside it, and then in its place."""
        fresh = self.files / f"{vmid}.conf.tmp.1"
        fresh.write_text(f"name: {name}\n{serial}\nsmbios1: uuid={uuid}\nostype: l26\n")
        fresh.rename(self.files / f"{vmid}.conf")

    def starts(self, vmid):
        """Have something of a VM in /run, which makes the node look at once."""
        (self.sockets / f"{vmid}.pid").touch()

    def found(self, vmid, name, vm=None, uuid=FIRST):
        place = f"{self.sockets}/{vmid}"
        port, control = PortAddress("unix", f"{place}.serial0"), f"qmp:{place}.qmp"
        return Found(name, port, "linux", control, uuid=uuid, vm=vm or vmid, vmid=vmid)


@pytest.fixture
def host(run_dir):
    return Host(run_dir / "node")


@asynccontextmanager
async def looking(root):
    watcher, seen = Watcher(), Seen()
    source = Node(str(root), watcher, seen.tell)
    tasks = [asyncio.create_task(work) for work in (watcher.run(), source.run())]
    try:
        async with asyncio.timeout(30):
            await source.looked.wait()
        yield seen
    finally:
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait((task,))
        watcher.close()


async def test_vms_are_found_by_their_files_with_their_names(host):
    """Running or not; what has no port is told with what to do."""
    host.define(100, "web01")
    host.define(101, "db", SECOND, serial="")
    (host.files / "readme.conf").write_text("name: no VM")
    async with looking(host.root) as seen:
        assert host.found("100", "web01") == seen["100"]
        assert "run `qm set 101 --serial0 socket`" in seen["101"]
        assert {"100", "101"} == set(seen)


async def test_a_freed_vmid_is_seen_when_the_next_vm_starts(host):
    """With the UUID of that one, also where nobody has looked in between."""
    host.define(100, "web01")
    async with looking(host.root) as seen:
        (host.files / "100.conf").unlink()
        host.define(100, "web02", SECOND)
        host.starts(100)
        await seen.until(lambda seen: seen["100"] == host.found("100", "web02", uuid=SECOND))
        (host.files / "100.conf").unlink()
        (host.sockets / "100.pid").unlink()
        await seen.until(lambda seen: not seen)


async def test_a_clone_with_the_name_of_another_vm(host):
    """Both have their number at the end, until one of them is called otherwise."""
    host.define(100, "web")
    async with looking(host.root) as seen:
        host.define(101, "web", SECOND)
        host.starts(101)
        both = {
            "100": host.found("100", "web-100", "web"),
            "101": host.found("101", "web-101", "web", SECOND),
        }
        await seen.until(lambda seen: seen == both)
        host.define(101, "db", SECOND)
        host.starts(102)
        await seen.until(lambda seen: seen["100"] == host.found("100", "web"))


async def test_what_is_only_defined_is_seen_with_the_next_look(host, monkeypatch):
    """Files of a cluster change without an event, for example after a migration."""
    monkeypatch.setattr(proxmox, "LOOK_SECONDS", 0.01)
    host.sockets.rmdir()  # nothing has run here yet
    async with looking(host.root) as seen:
        host.define(100, "web01")
        await seen.until(lambda seen: "100" in seen)


async def test_a_host_that_is_no_node_is_told_so(run_dir, monkeypatch):
    """And looked at again: pmxcfs may start later."""
    monkeypatch.setattr(proxmox, "LOOK_SECONDS", 0.01)
    async with looking(run_dir / "node") as seen:
        assert "is this a node of Proxmox VE?" in seen[""]
        host = Host(run_dir / "node")
        host.define(100, "web01")
        await seen.until(lambda seen: {"100"} == set(seen))
