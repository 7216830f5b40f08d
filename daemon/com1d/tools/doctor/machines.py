"""The VMs of the host, as their QEMU processes show them: what COM1 is wired to.

QEMU's command line is read (qemu(1), `-serial` and `-chardev`), in QEMU's own words and libvirt's.
A socket or a pty that was passed as a descriptor has no path there, so the kernel is asked.
"""

import json
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from com1d.values import dataclass


PROGRAM: Final = re.compile(r"qemu-system-\w+|qemu-kvm|kvm")

UART_DEVICES: Final = ("isa-serial", "pci-serial", "spapr-vty")
"""What `-device` calls a serial port."""

_PATH_KINDS: Final = {"socket": "unix", "pipe": "pipe", "pty": "pty", "serial": "serial"}
"""QEMU's back ends, and the kind of port that serves them."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A running VM."""

    pid: int
    name: str
    kind: str
    """The kind of port that serves its COM1: `unix`, `pipe`, `pty`; `file`, `stdio`, `none`, …
    where none does."""
    path: str
    """Empty where it is not known, or has none."""
    logged: bool
    """Whether QEMU itself writes a log of the port."""


def machines(proc: Path = Path("/proc")) -> tuple[Machine, ...]:
    """Give the VMs whose processes we may look at."""
    pids = sorted(int(entry.name) for entry in os.scandir(proc) if entry.name.isdigit())
    return tuple(machine for pid in pids if (machine := _machine(proc, pid)) is not None)


def _machine(proc: Path, pid: int) -> Machine | None:
    try:
        words = (proc / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # gone
        return None
    if not PROGRAM.fullmatch(Path(words[0]).name):
        return None
    options = list(pairwise(words[1:]))
    back_end = _back_end(options)
    kind = str(back_end.get("backend", "none"))
    path = str(back_end.get("path") or _passed(proc, pid, kind, back_end))
    return Machine(
        pid, _name(options) or f"process {pid}", _PATH_KINDS.get(kind, kind), path,
        "logfile" in back_end,
    )  # fmt: skip


def _name(options: list[tuple[str, str]]) -> str:
    said = next((value for option, value in options if option == "-name"), "")
    fields = _fields(said, "guest")
    return str(fields.get("guest", ""))


def _back_end(options: list[tuple[str, str]]) -> dict[str, Any]:
    """Give the back end of the first serial port."""
    chardevs = {
        fields["id"]: fields
        for option, value in options
        if option == "-chardev" and "id" in (fields := _fields(value, "backend"))
    }
    for option, value in options:
        if option == "-serial":
            return _short(value, chardevs)
        if option == "-device":
            device = _fields(value, "driver")
            if device.get("driver") in UART_DEVICES and device.get("chardev") in chardevs:
                return chardevs[device["chardev"]]
    return {}


def _short(value: str, chardevs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Read the argument of `-serial`, which is a back end in fewer words."""
    kind, _, rest = value.removeprefix("mon:").partition(":")
    if kind == "chardev":
        return chardevs.get(rest, {})
    first = _fields(rest, "path") if rest else {}
    if kind.startswith("/dev/"):
        return {"backend": "serial", "path": kind}
    return first | {"backend": {"unix": "socket"}.get(kind, kind)}


def _fields(value: str, first: str) -> dict[str, Any]:
    """Read `x,key=value,…`, in which two commas stand for one, or JSON; `first` names x."""
    if value.startswith("{"):
        try:
            read = json.loads(value)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}
    fields: dict[str, Any] = {}
    for number, part in enumerate(re.split(r"(?<!,),(?!,)", value)):
        key, equals, text = part.replace(",,", ",").partition("=")
        if not equals and number == 0:
            key, text = first, key
        fields[key] = text
    return fields


def _passed(proc: Path, pid: int, kind: str, back_end: dict[str, Any]) -> str:
    """Give the path of what QEMU was passed, or made itself."""
    try:
        if kind == "pty":
            return next(_terminals(proc, pid), "")
        if kind == "socket" and "fd" in back_end:
            inode = str((proc / str(pid) / "fd" / str(back_end["fd"])).readlink())
            return _socket_path(proc, inode.removeprefix("socket:[").removesuffix("]"))
    except OSError:  # gone, or we may not look
        pass
    return ""


def _terminals(proc: Path, pid: int) -> Iterator[str]:
    """Give the slaves of the ptys that a process made, the oldest first."""
    for link in sorted((proc / str(pid) / "fd").iterdir(), key=lambda link: int(link.name)):
        if str(link.readlink()) in ("/dev/ptmx", "/dev/pts/ptmx"):
            facts = (proc / str(pid) / "fdinfo" / link.name).read_text()
            if found := re.search(r"^tty-index:\s*(\d+)$", facts, re.MULTILINE):
                yield f"/dev/pts/{found[1]}"


def _socket_path(proc: Path, inode: str) -> str:
    """Find a Unix socket's path (proc(5), /proc/net/unix: the inode and the path come last)."""
    for line in (proc / "net" / "unix").read_text().splitlines()[1:]:
        columns = line.split(maxsplit=7)
        if columns[6] == inode and len(columns) > 7:  # noqa: PLR2004 - the path is optional
            return columns[7]
    return ""
