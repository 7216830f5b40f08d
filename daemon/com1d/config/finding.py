"""A found VM as a console of the configuration, or the reason why it cannot be one."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from com1d.config.alias import console_name
from com1d.config.clashes import claims, is_ours
from com1d.config.model import ConsoleConfig, DaemonConfig, DiscoverConfig
from com1d.config.naming import SOCKET_KINDS, control_of, qemu_log_of
from com1d.config.settings.addresses import SOCKET_PATH_BYTES, PortAddress
from com1d.config.settings.fields import fill
from com1d.config.settings.names import demand_name
from com1d.config.settings.setting import RefusedValueError
from com1d.values import dataclass
from com1d.wire.uuids import uuid_of


_NUMBER: Final = re.compile("[0-9]{1,9}$")
"""At the end of a name: the number of an instance, within the bounds of that key."""


@dataclass(frozen=True, slots=True)
class Found:
    """A VM as a discovery found it, before settings are applied."""

    name: str
    port: PortAddress
    guest: str = "auto"
    """One of `GUESTS`; the discovery's table overrides it."""
    control: str | None = None
    """The VM's control; the discovery's table overrides it."""
    uuid: str = ""
    """Empty where the discovery does not know it."""
    vm: str = ""
    """What people call it, where that is not its name."""
    vmid: str = ""
    """Its number on Proxmox."""
    parts: tuple[str, ...] = ()
    """What the wildcards of its path stand for."""
    qemu_log: Path | None = None
    """QEMU's own log of the port; the discovery's table overrides it."""

    @property
    def fields(self) -> dict[str, str]:
        """The values of fields in a discovery's settings."""
        parts = {str(number): part for number, part in enumerate(self.parts, 1)}
        uuid = self.uuid or next(filter(None, map(uuid_of, self.parts)), "")
        return parts | {
            "name": self.name, "vm": self.vm or self.name, "uuid": uuid, "vmid": self.vmid
        }  # fmt: skip


def console_of(found: Found, discover: DiscoverConfig, daemon: DaemonConfig) -> ConsoleConfig:
    """Give the console of a VM that was found.

    In a set, the number at the end of its name is its instance. Raises `RefusedValueError`.
    """
    template, fields = discover.template, found.fields
    vm = fill(discover.called, fields)
    if not vm.isprintable():
        raise RefusedValueError("must have a name of printable characters alone")
    name = console_name(vm)
    demand_name(name)
    number = _NUMBER.search(vm) if template.set is not None else None
    console = replace(
        template,
        name=name,
        domain=found.name if found.name != name else None,
        vm=found.vm or (vm if vm != name else None),
        uuid=found.uuid,
        port=found.port,
        control=control_of(template.control, fields) or found.control,
        qemu_log=qemu_log_of(template.qemu_log, fields) or found.qemu_log,
        guest=template.guest if template.guest != "auto" else found.guest,
        instance=int(number[0]) if number else None,
    )
    _demand_room(console, daemon)
    return console


def needs(console: ConsoleConfig) -> tuple[str, ...]:
    """Give the resources that a console uses alone."""
    return tuple(need for _, _, addresses in claims(console) for need in addresses)


def _demand_room(console: ConsoleConfig, daemon: DaemonConfig) -> None:
    sockets = [f"{daemon.consoles_dir}/{console.name}.observe.sock"]
    if console.port.kind in SOCKET_KINDS:
        sockets.append(console.port.target)
    for path in sockets:
        if (length := len(path.encode(errors="surrogateescape"))) > SOCKET_PATH_BYTES:
            raise RefusedValueError(
                f"{path} has {length} bytes, and the path of a Unix socket at most "
                f"{SOCKET_PATH_BYTES}"
            )
    if any(is_ours(need, daemon) for need in needs(console)):
        raise RefusedValueError(f"{console.port} belongs to com1d itself")
