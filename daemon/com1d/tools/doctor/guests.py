"""The VMs: whether somebody serves COM1 of each, alone, with time to spare, and with a log."""

import os
from collections.abc import Iterator
from typing import Any, Final

from com1d.ports.holder import describe, openers
from com1d.tools.doctor.finding import Finding, Host, NotLookedError
from com1d.tools.doctor.machines import Machine


MARGIN_LEAST: Final = 1.0
"""Seconds that a guest can print unread. A restart of com1d takes half of it."""


def unserved(host: Host) -> Iterator[Finding]:
    """Find VMs whose COM1 is no console's port."""
    served = {_line(console) for console in _consoles(host)}
    for machine in host.machines:
        if machine.kind not in ("unix", "pipe", "pty"):
            yield Finding(
                machine.name,
                f"COM1 is on `{machine.kind}` (pid {machine.pid}), where nobody can type",
                "give it a console, and start the VM with what `com1d guest-args NAME` prints",
            )
        elif machine.path and (machine.kind, _real(machine.path)) not in served:
            yield Finding(
                machine.name,
                f"nobody serves its COM1, {machine.kind}:{machine.path} (pid {machine.pid})",
                f'[consoles."{machine.name}"] with port = "{machine.kind}:{machine.path}" in '
                f"{host.path}; then systemctl reload com1d",
            )


def foreign_readers(host: Host) -> Iterator[Finding]:
    """Find programs beside com1d that have a VM's COM1 open: each byte goes to one of them."""
    ours = {os.getpid(), host.running.pid if host.running else 0}
    files = {file: machine for machine in host.machines for file in _files(machine)}
    for file, pids in openers(frozenset(files)).items():
        machine = files[file]
        for pid in sorted(pids - ours - {machine.pid}):
            yield Finding(
                machine.name,
                f"{describe(pid)} has its COM1 open, too, and takes bytes that com1d then misses",
                f"end it: kill {pid}",
            )


def unread(host: Host) -> Iterator[Finding]:
    """Find consoles whose port is down while their VM runs."""
    if host.running is None:
        raise NotLookedError("com1d does not run")
    lines = {(machine.kind, _real(machine.path)) for machine in host.machines if machine.path}
    for console in host.running.consoles:
        if not console["connected"] and _line(console) in lines:
            yield Finding(
                console["name"], f"its VM runs, and its port is down: {console['reason']}",
                f"com1 status {console['name']}",
            )  # fmt: skip
        if console.get("trouble"):
            yield Finding(console["name"], console["trouble"], f"com1 status {console['name']}")


def margins(host: Host) -> Iterator[Finding]:
    """Find consoles whose guest waits soon when nobody reads."""
    if host.running is None:
        raise NotLookedError("com1d does not run")
    for console in host.running.consoles:
        margin = console.get("stall_margin")
        if margin and margin["seconds"] < MARGIN_LEAST:
            milliseconds = round(1000 * margin["seconds"])
            yield Finding(
                console["name"],
                f"its guest can print {margin['bytes']:,} bytes unread, {milliseconds} ms at line "
                "rate, and then waits",
                f"a port on FIFOs, pipe:/run/com1d/guests/{console['name']}, holds 91 s; see "
                f"com1d guest-args {console['name']}",
            )


def unlogged(host: Host) -> Iterator[Finding]:
    """Find guests whose output is kept nowhere."""
    for name, console in host.config.consoles.items():
        if console.log_size == 0 and console.qemu_log is None:
            yield Finding(
                name, "it has no boot log: what its guest prints is lost with the scrollback",
                f'log_size = "4MiB" in [consoles."{name}"] of {host.path}',
            )  # fmt: skip


def _consoles(host: Host) -> tuple[dict[str, Any], ...]:
    if host.running is not None:
        return host.running.consoles
    return tuple({"port": str(console.port)} for console in host.config.consoles.values())


def _line(console: dict[str, Any]) -> tuple[str, str]:
    kind, _, path = console["port"].partition(":")
    return "unix" if kind == "listen" else kind, _real(path)


def _real(path: str) -> str:
    return os.path.realpath(path)


def _files(machine: Machine) -> tuple[str, ...]:
    """Give the files of a VM's COM1 that another program would have open, too."""
    if not machine.path:
        return ()
    if machine.kind == "pipe":
        return tuple(_real(f"{machine.path}.{end}") for end in ("in", "out"))
    return (_real(machine.path),) if machine.kind == "pty" else ()
