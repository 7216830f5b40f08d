"""What Proxmox VE's configuration files say about VMs: their names, UUIDs, guests, serial ports.

Format: qm.conf(5), one `key: value` a line; what follows a `[` is an earlier state of the
VM or one to come, and says nothing about what it is.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from com1d.wire.uuids import uuid_of


_LINE: Final = re.compile(r"([a-z0-9_]+):\s*(.*?)\s*", re.ASCII)
_SERIAL: Final = re.compile(r"serial([0-3])")

WINDOWS: Final = frozenset(
    ("wxp", "w2k", "w2k3", "w2k8", "wvista", "win7", "win8", "win10", "win11")
)
LINUX: Final = frozenset(("l24", "l26"))
"""Values of `ostype`; the others are systems of which com1d knows nothing, or `other`."""

SOCKET: Final = "socket"
"""The value of a serial port that Proxmox has QEMU listen for; else it is a device of the host."""


class Vm(NamedTuple):
    """One VM as its file describes it."""

    vmid: str
    name: str
    """As users chose it; several VMs may have one. The VMID, where none is given."""
    uuid: str
    guest: str
    serial: int | str
    """The number of the port that is served, or why there is none."""


def read(vmid: str, text: str) -> Vm | None:
    """Read a VM's file; None for a template, which never runs."""
    said: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("["):
            break
        if match := _LINE.fullmatch(line):
            said.setdefault(match[1], match[2])
    if said.get("template") == "1":
        return None
    smbios = dict(part.partition("=")[::2] for part in said.get("smbios1", "").split(","))
    system = said.get("ostype", "")
    guest = "windows" if system in WINDOWS else "linux" if system in LINUX else "auto"
    return Vm(vmid, said.get("name") or vmid, uuid_of(smbios.get("uuid")), guest, _serial(said))


def names(vms: Mapping[str, Vm]) -> dict[str, str]:
    """Give each VM's name, by VMID. One that several have is followed by the VMID in each."""
    counts = Counter(vm.name for vm in vms.values())
    return {
        vmid: vm.name if counts[vm.name] == 1 else f"{vm.name}-{vmid}" for vmid, vm in vms.items()
    }


def _serial(said: Mapping[str, str]) -> int | str:
    ports = {match[1]: said[key] for key in sorted(said) if (match := _SERIAL.fullmatch(key))}
    served = [int(number) for number, value in ports.items() if value == SOCKET]
    if served:
        return served[0]
    if ports:
        number, value = next(iter(ports.items()))
        return f"its serial{number} is {value} of the host; com1d serves `socket`"
    return "it has no serial port: run `qm set VMID --serial0 socket`, and start it anew"
