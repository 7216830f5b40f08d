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


def read(vmid: str, text: str, number: int | None = None) -> Vm | None:
    """Read a VM's file, for its serial port of this number or the first that can be served.

    None for a template, which never runs.
    """
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
    uuid, serial = uuid_of(smbios.get("uuid")), _serial(said, number)
    return Vm(vmid, said.get("name") or vmid, uuid, guest, serial)


def names(vms: Mapping[str, Vm]) -> dict[str, str]:
    """Give each VM's name, by VMID. One that several have is followed by the VMID in each."""
    counts = Counter(vm.name for vm in vms.values())
    return {
        vmid: vm.name if counts[vm.name] == 1 else f"{vm.name}-{vmid}" for vmid, vm in vms.items()
    }


def _serial(said: Mapping[str, str], number: int | None) -> int | str:
    ports = {match[1]: said[key] for key in sorted(said) if (match := _SERIAL.fullmatch(key))}
    if number is not None:
        ports = {key: value for key, value in ports.items() if int(key) == number}
    served = [int(number) for number, value in ports.items() if value == SOCKET]
    if served:
        return served[0]
    if ports:
        which, value = next(iter(ports.items()))
        return f"its serial{which} is {value} of the host; com1d serves `socket`"
    missing = f"serial{number or 0}"
    return f"it has no {missing}: run `qm set VMID --{missing} socket`, and start it anew"
