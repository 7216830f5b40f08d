"""The directories and groups that the configuration names, and the sockets in them."""

import grp
import stat
from collections.abc import Iterator
from typing import Final

from com1d.ports.places import GUEST_GROUPS
from com1d.tools.doctor.finding import Finding, Host
from com1d.tools.obstacles import obstacles
from com1d.tools.unit import serving


SOCKET_MODE: Final = 0o660


def configured(host: Host) -> Iterator[Finding]:
    """Find what would keep the daemon from starting now."""
    for clash in obstacles(host.config, serving(host.path)):
        yield Finding(
            clash.key, f"{clash.value} {clash.expected}", f"com1d check --config {host.path}"
        )


def doors(host: Host) -> Iterator[Finding]:
    """Look at the socket that everybody comes through."""
    path = host.config.daemon.api_socket
    if host.running is None:
        yield Finding(str(path), "no daemon serves it", "systemctl enable --now com1d")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~SOCKET_MODE:
        yield Finding(
            str(path), f"its mode is {mode:04o}, so that everybody may try", f"chmod 0660 {path}"
        )


def guest_group(host: Host) -> Iterator[Finding]:
    """Find VMs whose user is not in the group that FIFOs are given to."""
    if host.config.daemon.guest_group is not None or not _uses_pipes(host):
        return
    if not any(_is_group(name) for name in GUEST_GROUPS):
        yield Finding(
            "daemon.guest_group",
            f"this host has no group {', '.join(GUEST_GROUPS)}, so only root's VMs can open FIFOs",
            f'guest_group = "…" in [daemon] of {host.path}: the group of the user QEMU runs as',
        )


def _uses_pipes(host: Host) -> bool:
    return any(console.port.kind == "pipe" for console in host.config.consoles.values())


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
