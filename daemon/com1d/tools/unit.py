"""The unit that serves a configuration, as systemd has it: its user, and what it may not do.

As shipped it has what the ports of local VMs need. What others need is given back by the
drop-ins in /usr/share/com1d/com1d.service.d.
"""

import grp
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from com1d.config import Clash, Config
from com1d.config.settings.addresses import host_and_port, spell_metrics
from com1d.config.settings.spelling import dotted, quoted
from com1d.tools.accounts import groups_of, is_group
from com1d.values import dataclass


UNIT: Final = "com1d.service"

DROP_INS: Final = "/usr/share/com1d/com1d.service.d"

PATIENCE: Final = 20.0
"""Seconds for a program of systemd's; they take tenths of one."""

STORED_EACH: Final = 8
"""Descriptors of a console that a restart keeps: its port's two, its two raw sockets, the
scrollback, one client with its observer, and one to spare."""

PRIVILEGED_PORTS: Final = 1024

_PROPERTIES: Final = (
    "LoadState", "ExecStart", "User", "PrivateDevices", "IPAddressDeny", "CapabilityBoundingSet",
    "FileDescriptorStoreMax",
)  # fmt: skip


class SilentManagerError(Exception):
    """systemd cannot be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What systemd lets the daemon do."""

    user: str = "root"
    private_devices: bool = False
    local_only: bool = False
    """Whether packets to other hosts are dropped."""
    capabilities: frozenset[str] = frozenset()
    """In lower case, as systemd shows them."""
    stored: int = 0
    """Descriptors that it keeps over a restart."""

    @property
    def account(self) -> pwd.struct_passwd | None:
        """Its user, where this host has it."""
        try:
            return pwd.getpwnam(self.user)
        except KeyError:
            return None


def ask(*command: str) -> str:
    """Run a program of systemd's, and give all that it prints. Raises `SilentManagerError`."""
    if not Path("/run/systemd/system").is_dir():
        raise SilentManagerError("systemd does not run here")
    program = shutil.which(command[0])
    if program is None:
        raise SilentManagerError(f"there is no {command[0]}")
    try:
        done = subprocess.run(  # noqa: S603 - systemd's own, found in PATH
            [program, *command[1:]], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SilentManagerError(str(error)) from None
    return done.stdout + done.stderr


def properties(*names: str) -> dict[str, str]:
    """Give properties of the unit by their names. Raises `SilentManagerError`."""
    said = ask("systemctl", "show", UNIT, f"--property={','.join(names)}")
    return dict(line.partition("=")[::2] for line in said.splitlines())


def serving(path: Path) -> Unit | None:
    """Give the unit of this host, if the configuration at `path` is the one that it serves."""
    try:
        said = properties(*_PROPERTIES)
    except SilentManagerError:
        return None
    if said.get("LoadState") != "loaded" or str(path.absolute()) not in said.get("ExecStart", ""):
        return None
    return Unit(
        user=said.get("User") or "root",
        private_devices=said.get("PrivateDevices") == "yes",
        local_only=bool(said.get("IPAddressDeny")),
        capabilities=frozenset(said.get("CapabilityBoundingSet", "").split()),
        stored=int(said.get("FileDescriptorStoreMax") or 0),
    )


def bounds(config: Config, unit: Unit) -> Iterator[Clash]:
    """Warn of what a configuration needs, and the unit does not allow."""
    yield from _ports(config, unit)
    yield from _metrics(config, unit)
    yield from _groups(config, unit)
    needed = STORED_EACH * len(config.consoles)
    if unit.stored < needed:
        expected = (
            f"{len(config.consoles)} consoles have up to {needed} descriptors, and `systemctl "
            f"restart` keeps {unit.stored}, or else ends all sessions: set "
            f"FileDescriptorStoreMax={2 * needed} in a drop-in of {UNIT}"
        )
        yield Clash(("daemon", ""), "consoles", "", expected, warning=True)


def _ports(config: Config, unit: Unit) -> Iterator[Clash]:
    for name, console in config.consoles.items():
        port = console.port
        if lacking := _lacking(port.kind, port.target, unit):
            key = dotted("consoles", name, "port")
            yield Clash(("consoles", name), key, quoted(str(port)), lacking, warning=True)
    for one in config.discover:
        if unit.private_devices and (one.glob or "").startswith("/dev/"):
            key = dotted("discover", one.name, "glob")
            expected = _drop_in("serial", "devices of the host")
            yield Clash(("discover", one.name), key, quoted(str(one.glob)), expected, warning=True)


def _lacking(kind: str, target: str, unit: Unit) -> str:
    if kind == "serial" and unit.private_devices:
        return _drop_in("serial", "devices of the host")
    if kind in ("tcp", "telnet", "rfc2217") and unit.local_only:
        return "" if is_here(host_and_port(target)[0]) else _drop_in("network", "other hosts")
    return ""


def is_here(host: str) -> bool:
    """Say whether a host, by its number, is this one."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _drop_in(name: str, what: str) -> str:
    place = f"/etc/systemd/system/{UNIT}.d"
    return (
        f"the unit keeps com1d from {what}: install -D -m 644 -t {place} {DROP_INS}/{name}.conf; "
        "systemctl daemon-reload; systemctl restart com1d"
    )


def _metrics(config: Config, unit: Unit) -> Iterator[Clash]:
    address = config.daemon.metrics
    if address is None:
        return
    host, port = address
    place, key, value = ("daemon", "metrics"), "daemon.metrics", spell_metrics(address)
    if unit.local_only and not is_here(host):
        yield Clash(place, key, value, _drop_in("network", "other hosts"), warning=True)
    privileged = unit.user == "root" or "cap_net_bind_service" in unit.capabilities
    if port < PRIVILEGED_PORTS and not privileged:
        expected = f"a port below 1024 takes CAP_NET_BIND_SERVICE: see {UNIT}"
        yield Clash(place, key, value, expected, warning=True)


def _groups(config: Config, unit: Unit) -> Iterator[Clash]:
    """Find groups that the daemon is to give files to, and is not in."""
    account = unit.account
    if account is None or account.pw_uid == 0 or "cap_chown" in unit.capabilities:
        return
    daemon = config.daemon
    for key, group in (("socket_group", daemon.socket_group), ("guest_group", daemon.guest_group)):
        if group is None or not is_group(group):
            continue
        if grp.getgrnam(group).gr_gid not in groups_of(account):
            expected = (
                f"{account.pw_name} is not in that group, and may give it nothing: usermod -aG "
                f"{group} {account.pw_name}; systemctl restart com1d"
            )
            yield Clash(("daemon", key), f"daemon.{key}", quoted(group), expected, warning=True)
