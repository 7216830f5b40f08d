"""Daemons that tests start never outlive them, nor do the processes that take over from those.

A process that has taken over is nobody's child any more, so none finds it by who started it. All
have the environment of the first one, with a mark in it. What is left of a test is ended with the
test; what is left of all tests, however those end, by a process that waits for their end.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import uuid
from pathlib import Path


MARK = "COM1D_TEST"

END_SECONDS = 30
"""A killed process is gone at once; on a busy machine that takes its time, too."""


class Leash:
    """The mark of one test's daemons."""

    def __init__(self) -> None:
        self._mark = f"{_SESSION}.{uuid.uuid4().hex}"
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a daemon has to be started with."""
        return {**os.environ, MARK: self._mark}

    def hold(self, started: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
        """Wait for this one, too."""
        self._started.append(started)
        return started

    def end(self) -> None:
        """Kill whatever is left."""
        end(self._mark)
        for started in self._started:
            started.wait(END_SECONDS)


def end(mark: str) -> None:
    """Kill all processes whose mark begins so, and those that they start meanwhile."""
    while pids := marked(mark):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                _kill(pid)


def marked(mark: str) -> list[int]:
    """Give the processes whose mark begins so. One that has ended has none."""
    wanted = b"\0%s=%s" % (MARK.encode(), mark.encode())
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in b"\0" + (process / "environ").read_bytes():
                found.append(int(process.name))
    return found


def _kill(pid: int) -> None:
    watch = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(watch, signal.SIGKILL)
        select.select([watch], [], [], END_SECONDS)
    finally:
        os.close(watch)


def _begin() -> tuple[str, "subprocess.Popen[bytes]"]:
    """Give the mark of all daemons of this process, and who waits for its end."""
    session = uuid.uuid4().hex
    command = [sys.executable, "-I", __file__, session]
    return session, subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


if __name__ == "__main__":
    sys.stdin.read()
    end(sys.argv[1])
else:  # before any test, of which it is no child
    _SESSION, _GUARD = _begin()
