"""What a process owes to others where it is the first one, as in a container: to reap orphans.

The kernel gives PID 1 every process whose parent has ended. The daemon itself waits for its own
children only, so it runs as a child of a process that does nothing else but wait.
"""

import os
import signal
from typing import Final


FORWARDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)
"""What whoever runs the container sends to its first process, and means the daemon by."""


def reap_if_first() -> None:
    """As PID 1, go on as its child; the parent reaps, and ends with the child's exit code.

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
            os._exit(code)


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
