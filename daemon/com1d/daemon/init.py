"""What a process owes to others where it is the first one, as in a container: to reap orphans.

The kernel gives PID 1 every process whose parent has ended. The daemon itself waits for its own
children only, so it runs as a child of a process that does nothing else but wait. After an upgrade
that process waits for the daemon's successor.
"""

import os
import signal
from pathlib import Path
from typing import Final


FORWARDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)
"""What whoever runs the container sends to its first process, and means the daemon by."""


def reap_if_first() -> None:
    """As PID 1, go on as its child; the parent reaps, and ends with the daemon's exit code.

    To be called before there are threads.
    """
    if os.getpid() != 1:
        return
    signals = {*FORWARDED, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        return
    while True:
        number = signal.sigwait(signals)
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        code = _reap(child)
        if code is not None:
            child = _successor() or os._exit(code)


def _reap(child: int) -> int | None:
    """Wait for whoever has ended; give the exit code of `child` if that is among them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == child:
            ended = os.waitstatus_to_exitcode(status)
            code = ended if ended >= 0 else 128 - ended


def _successor() -> int | None:
    """Give the process that has taken over from the daemon that has just ended, if one has.

    The daemon had started it, by the command that we were started by; now it is our child.
    """
    try:
        if Path("/proc/self").readlink().name != str(os.getpid()):
            return None  # that /proc is of other processes
        children = Path("/proc/thread-self/children").read_text().split()
    except OSError:
        return None
    ours = _arguments(os.getpid())
    return next((pid for pid in map(int, children) if _arguments(pid) == ours), None)


def _arguments(pid: int) -> list[bytes]:
    """Give what a process was started with, without the name of its program."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:]
    except OSError:  # gone
        return []
