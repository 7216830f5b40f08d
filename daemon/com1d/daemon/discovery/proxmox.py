"""The VMs of a Proxmox VE node, running or not, by their files in /etc/pve/qemu-server.

That is a file system of Proxmox's own, which may hang with the cluster and tells of no changes by
other nodes. So a thread reads it every `LOOK_SECONDS`, and whenever a VM starts or ends.
"""

import asyncio
import contextlib
import re
from functools import partial
from pathlib import Path
from typing import Final

from com1d.config import Found, PortAddress
from com1d.core.inventory.proxmox import Vm, names, read
from com1d.daemon.discovery.base import Sighting, Tell
from com1d.loop.watch import Watcher
from com1d.loop.worker import Worker


FILES: Final = "etc/pve/qemu-server"
SOCKETS: Final = "run/qemu-server"
"""From the root of a node's file system on."""

LOOK_SECONDS: Final = 10.0
"""How late a VM is seen that was only defined; pvestatd looks as often."""

SETTLE_SECONDS: Final = 0.1
"""How long to wait behind the first news of a VM's start for the rest, its pid file and sockets."""

VM_BYTES: Final = 65536
"""Read of a file: some hundred lines, with the notes of users at its beginning."""

VMS: Final = 10_000
"""Files read at most: ten times what a node runs."""

SLICE: Final = 50
"""VMs told before the loop goes on."""

_FILE: Final = re.compile("([1-9][0-9]{2,8})\\.conf")


class Node:
    """What a node's files say."""

    def __init__(self, root: str, watcher: Watcher, tell: Tell, number: int | None = None) -> None:
        """Look below `root`, which is `/` on the node itself.

        `number` is that of the serial ports; without it, the first that can be served.
        """
        self.looked = asyncio.Event()
        self._root = Path(root)
        self._watcher = watcher
        self._tell = tell
        self._number = number
        self._known: dict[str, Sighting] = {}

    async def run(self) -> None:
        """Look and tell, until cancelled."""
        worker = Worker("com1d-proxmox")
        news = asyncio.Event()
        sockets = self._watcher.contents(self._root / SOCKETS, lambda _: news.set())
        try:
            while True:
                with contextlib.suppress(OSError):  # no VM has run yet
                    sockets.renew()
                await self._look(worker)
                self.looked.set()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await news.wait()
                        await asyncio.sleep(SETTLE_SECONDS)
                news.clear()
        finally:
            sockets.close()
            worker.end()

    async def _look(self, worker: Worker) -> None:
        try:
            vms = await worker.call(partial(_read_all, self._root / FILES, self._number))
        except OSError as error:
            self._see("", f"{error.filename}: {error.strerror}: is this a node of Proxmox VE?")
            return
        called = names(vms)
        for vmid in self._known.keys() - vms.keys():
            self._see(vmid, None)
        for count, (vmid, vm) in enumerate(vms.items(), 1):
            self._see(vmid, self._sighting(vm, called[vmid]))
            if count % SLICE == 0:
                await asyncio.sleep(0)

    def _sighting(self, vm: Vm, name: str) -> Sighting:
        if isinstance(vm.serial, str):
            return vm.serial.replace("VMID", vm.vmid)
        sockets = f"{str(self._root).rstrip('/')}/{SOCKETS}/{vm.vmid}"
        return Found(
            name,
            PortAddress("unix", f"{sockets}.serial{vm.serial}"),
            vm.guest,
            f"qmp:{sockets}.qmp",
            uuid=vm.uuid,
            vm=vm.name if vm.name != name else vm.vmid,
            vmid=vm.vmid,
        )

    def _see(self, vmid: str, seen: Sighting) -> None:
        if self._known.get(vmid) == seen:
            return
        if seen is None:
            del self._known[vmid]
        else:
            self._known[vmid] = seen
        self._tell(vmid, seen)


def _read_all(folder: Path, number: int | None) -> dict[str, Vm]:
    """Read the files of all VMs, by VMID in their order. Raises `OSError`. Blocks."""
    vms = {}
    numbers = (match[1] for path in folder.iterdir() if (match := _FILE.fullmatch(path.name)))
    for vmid in sorted(numbers, key=int)[:VMS]:
        with contextlib.suppress(FileNotFoundError), (folder / f"{vmid}.conf").open("rb") as file:
            vm = read(vmid, file.read(VM_BYTES).decode(errors="replace"), number)
            if vm is not None:
                vms[vmid] = vm
    return vms
