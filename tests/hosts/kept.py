"""Runs inside a machine: a session at a VM's console outlives what systemd does to com1d.

Prints a verdict for each: whether the connection that was there before is there, whole, and the
daemon another process; and whether the program of an `exec:` port is the same.
"""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hosts.restarts import PATIENCE, get, systemctl, until


ROUNDS = 3
PROGRAM = b"/bin/sleep\x0099999\x00"
"""What the `exec:` port of the other console runs."""


def main_pid() -> int:
    shown = ["systemctl", "show", "--property=MainPID", "--value", "com1d"]
    return int(subprocess.run(shown, check=True, capture_output=True, text=True).stdout)


def program() -> str:
    """Give the pid of the program that an `exec:` port has; empty where there is none."""
    pids = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cmdline").read_bytes() == PROGRAM:
                pids.append(place.name)
    return " ".join(pids)


def program_serves() -> bool:
    return program().isdecimal() and json.loads(get("", "program"))["connected"]


class Session:
    """A raw client that was there from the beginning, and the numbers that it has seen."""

    def __init__(self) -> None:
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.settimeout(PATIENCE)
        self._sock.connect("/run/com1d/consoles/vm.sock")
        self._data = b""

    def sees_more(self, count: int = 5) -> list[int]:
        """Wait for so many more lines of the VM; give all numbers so far."""
        wanted = len(self._numbers()) + count
        while len(self._numbers()) < wanted:
            data = self._sock.recv(65536)
            if not data:
                said = ["journalctl", "--unit=com1d", "--output=cat", "--lines=20", "--no-pager"]
                log = subprocess.run(said, check=False, capture_output=True, text=True).stdout
                sys.exit(f"the session was closed: {self._data[-200:]!r}\n{log}")
            self._data += data
        return self._numbers()

    def _numbers(self) -> list[int]:
        return [int(each) for each in re.findall(rb"line (\d{8})\r?\n", self._data)]


def crossed(session: Session, what: str, act: Callable[[], object]) -> str:
    """Do it, and tell what the session that was there before has seen of it."""
    before = main_pid()
    act()
    deadline = time.monotonic() + PATIENCE
    while main_pid() in (before, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    seen = session.sees_more()
    whole = seen == list(range(seen[0], seen[-1] + 1))
    return f"{what}: another process {main_pid() != before}, whole {whole}"


def crosses(session: Session, what: str, act: Callable[[], object]) -> None:
    ran = program()
    told = crossed(session, what, act)
    until(program_serves, "the program")
    sys.stdout.write(f"{told}, the same program {program() == ran}\n")


def restart() -> None:
    systemctl("restart", "com1d")


def upgrade() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "com1d", "upgrade"], check=False, capture_output=True
    )
    if done.returncode:
        sys.exit(f"com1d upgrade: {done.stderr.decode()}")


def main() -> None:
    session = Session()
    session.sees_more()
    until(program_serves, "the program")
    for _ in range(ROUNDS):
        crosses(session, "restart", restart)
        crosses(session, "upgrade", upgrade)
    active = ["systemctl", "is-active", "com1d"]
    said = subprocess.run(active, check=False, capture_output=True, text=True).stdout
    sys.stdout.write(f"com1d is {said}")


if __name__ == "__main__":
    main()
