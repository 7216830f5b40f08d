"""What the host has to give: descriptors, room on the disk, memory of pipes and sockets, time."""

import ctypes
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from com1d.config.settings.units import MIB, spell_size
from com1d.tools.doctor.finding import Finding, Host, NotLookedError


DESCRIPTORS_EACH: Final = 6
"""Of a console with a client: its port's two, two raw sockets, one of the client, and room for an
observer."""

DESCRIPTORS_BASE: Final = 100
"""Of the daemon itself: sockets, inotify, epoll, the log's writer, hooks."""

ROOM_LEAST: Final = 256 * MIB
"""Of a disk beside the logs: the audit goes there, too, and nobody is let in without it."""

PAGE: Final = 4096

PRIVILEGES: Final = 1 << 24 | 1 << 21
"""CAP_SYS_RESOURCE and CAP_SYS_ADMIN, either of which lifts the limits on pipes (pipe(7))."""

WMEM_DEFAULT: Final = 4 * MIB
"""Bytes of net.core.wmem_default with which a guest on a Unix socket has a third of a second. The
kernel counts 768 for each byte that a UART prints, so with its 208 KiB that is 24 ms."""

TIME_ERROR: Final = 5
"""What adjtimex(2) gives for a clock that nothing keeps right."""


def descriptors(host: Host) -> Iterator[Finding]:
    """Compare the daemon's limit with what its consoles need."""
    if host.running is None:
        raise NotLookedError("com1d does not run")
    limits = (host.proc / str(host.running.pid) / "limits").read_text()
    found = re.search(r"^Max open files +(\d+)", limits, re.MULTILINE)
    limit = int(found[1]) if found else 0
    count = len(host.running.consoles)
    needed = count * DESCRIPTORS_EACH + DESCRIPTORS_BASE
    if found and limit < needed:
        yield Finding(
            f"{count} consoles",
            f"com1d may open {limit:,} files, and needs up to {needed:,}: the last clients and "
            "ports fail",
            f"systemctl edit com1d   # [Service], LimitNOFILE={max(65536, 2 * needed)}",
        )


def disk(host: Host) -> Iterator[Finding]:
    """Compare the room for logs with what they may grow to."""
    daemon = host.config.daemon
    wanted = sum(console.log_size for console in host.config.consoles.values())
    wanted = min(wanted, daemon.log_total or wanted)
    folder = next(path for path in (daemon.log_dir, *daemon.log_dir.parents) if path.exists())
    status = os.statvfs(folder)
    have = status.f_bavail * status.f_frsize + _size(daemon.log_dir)
    if have < wanted + ROOM_LEAST:
        yield Finding(
            str(daemon.log_dir),
            f"logs may take {spell_size(wanted)} beside {spell_size(ROOM_LEAST)} for the audit, "
            f"and there is room for {have // MIB} MiB",
            f'log_total = "{max(1, (have - ROOM_LEAST) // MIB)}MiB" in [daemon] of {host.path}, '
            "or a larger disk",
        )
    if not status.f_favail and status.f_files:
        yield Finding(
            str(daemon.log_dir),
            "its file system has no inodes left",
            f"df -i {folder}; remove files",
        )


def _size(folder: Path) -> int:
    """Give the bytes that logs take already; they count for what they may grow to."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).lstat().st_blocks * 512
            except OSError:  # removed meanwhile
                continue
    return total


def pipes(host: Host) -> Iterator[Finding]:
    """Compare the kernel's limits on pipes with what the FIFOs are to hold (pipe(7))."""
    sizes = [one.pipe_size for one in host.config.consoles.values() if one.port.kind == "pipe"]
    if not sizes:
        return
    most = _number(host.proc / "sys/fs/pipe-max-size")
    soft = _number(host.proc / "sys/fs/pipe-user-pages-soft")
    if host.running is not None and _is_privileged(host.proc, host.running.pid):
        return
    if most < max(sizes):
        yield Finding(
            "fs.pipe-max-size",
            f"a FIFO may hold {spell_size(most)}, less than pipe_size = {spell_size(max(sizes))}",
            f"echo fs.pipe-max-size={max(sizes)} > /etc/sysctl.d/com1d.conf; sysctl --system",
        )
    pages = sum(size // PAGE for size in sizes)
    if soft and soft < pages:
        yield Finding(
            "fs.pipe-user-pages-soft",
            f"{len(sizes)} FIFOs take {pages:,} pages, and a user without privileges has {soft:,}: "
            "the last ones hold 4 or 64 KiB",
            f"echo fs.pipe-user-pages-soft={2 * pages} > /etc/sysctl.d/com1d.conf; sysctl --system",
        )


def sockets(host: Host) -> Iterator[Finding]:
    """Look at how much a guest on a Unix socket can print unread."""
    on_sockets = [machine.name for machine in host.machines if machine.kind == "unix"]
    wmem = _number(host.proc / "sys/net/core/wmem_default")
    if on_sockets and wmem < WMEM_DEFAULT:
        yield Finding(
            "net.core.wmem_default",
            f"{len(on_sockets)} VMs have COM1 on a Unix socket, which holds {wmem // 768} bytes of "
            "a UART; the guest waits when com1d is stopped for longer than that",
            f"echo net.core.wmem_default={WMEM_DEFAULT} > /etc/sysctl.d/com1d.conf; "
            "sysctl --system; then restart those VMs, or better, give them a pipe: port",
        )


def clock(_host: Host) -> Iterator[Finding]:
    """Ask the kernel whether anything keeps its clock right."""
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    if state < 0:
        raise NotLookedError(os.strerror(ctypes.get_errno()))
    if state == TIME_ERROR:
        yield Finding(
            "clock",
            "nothing synchronises it, so the times in logs and in the audit may be wrong",
            "apt install systemd-timesyncd; timedatectl set-ntp true",
        )


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except OSError as error:
        raise NotLookedError(str(error)) from None


def _is_privileged(proc: Path, pid: int) -> bool:
    status = (proc / str(pid) / "status").read_text()
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return found is not None and bool(int(found[1], 16) & PRIVILEGES)
