"""Processes of a subject: start them on one core, find them all, weigh them, end them."""

import contextlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path


STOP_GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL; every peer stops well within one."""

CALM = 0.1
CALM_SPAN = 1.0
"""A machine is calm when its cores together were busy for less than a tenth of one second."""
DIE_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""Of util-linux. Should the harness be killed outright, its subjects go too."""


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """Make what is started inside the block run on `core`; children inherit it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _file_limit(soft: int | None) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft or before[1], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def spawn(
    argv: Sequence[str],
    output: Path,
    core: int,
    *,
    env: dict[str, str] | None = None,
    files: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, on one core, with its output in a file.

    `files` is its soft limit of open files; else it gets all that the harness may have.
    """
    with pinned(core), _file_limit(files), output.open("ab") as sink:
        return subprocess.Popen(
            [*DIE_WITH_US, *argv],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            env=os.environ | (env or {}),
        )


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End processes and whatever they forked, by their own process groups only."""
    for process in processes:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_GRACE
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def await_calm(limit: float) -> None:
    """Wait until other programs leave the machine alone, or for `limit` seconds at most."""
    deadline = time.monotonic() + limit
    busy = _busy_seconds()
    while time.monotonic() < deadline:
        time.sleep(CALM_SPAN)
        before, busy = busy, _busy_seconds()
        if busy - before < CALM * CALM_SPAN:
            return


def _busy_seconds() -> float:
    """Give how long all cores together have been busy since the start of the machine."""
    line = Path("/proc/stat").read_text().splitlines()[0]
    user, nice, system, _idle, _iowait, *rest = map(int, line.split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def tree(roots: Sequence[int]) -> list[int]:
    """Give the processes and all their descendants."""
    found: list[int] = []
    pending = list(roots)
    while pending:
        pid = pending.pop()
        found.append(pid)
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                pending.extend(map(int, children.read_text().split()))
    return found


def pss_kib(pids: Sequence[int]) -> int:
    """Give the memory of processes in KiB, shared pages counted by their share."""
    return sum(_field(pid, "smaps_rollup", "Pss:") for pid in pids)


def resident_kib(pids: Sequence[int]) -> int:
    """Give the sum of the processes' resident sizes, in KiB."""
    return sum(_field(pid, "status", "VmRSS:") for pid in pids)


def _field(pid: int, file: str, label: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(label):
            return int(line.split()[1])
    return 0
