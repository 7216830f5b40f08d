"""Runs inside a machine: com1d's loop is held, and systemd's watchdog does what it is for.

Prints a verdict for each thing that is promised.
"""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, unix_connect

from hosts.kept import main_pid
from hosts.restarts import PATIENCE, get, until


SOCKET = "/run/com1d/com1d.sock"


def shown(what: str) -> str:
    asked = ["systemctl", "show", f"--property={what}", "--value", "com1d"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


class User:
    """A client that goes on where it was told to."""

    def __init__(self, offset: int = 0) -> None:
        self._ends = ExitStack()
        self._connection = self._attached(offset)
        self.data = b""
        self.told: int | None = None
        self.code: int | None = None

    def _attached(self, offset: int) -> ClientConnection:
        url = f"ws://com1d/v1/consoles/vm/attach?from={offset}"
        attaching = unix_connect(SOCKET, url, subprotocols=["com1.v1"], compression=None)
        return self._ends.enter_context(attaching)

    def sees(self, count: int) -> None:
        """Read until so many lines more are there."""
        wanted = len(self.numbers()) + count
        while len(self.numbers()) < wanted:
            self._take(self._connection.recv(PATIENCE))

    def hears_the_end(self) -> None:
        try:
            while True:
                self._take(self._connection.recv(PATIENCE))
        except ConnectionClosed:
            self.code = self._connection.close_code

    def comes_back(self) -> None:
        self._connection = self._attached(len(self.data))

    def close(self) -> None:
        self._ends.close()

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.data += message
        elif (event := json.loads(message)).get("event") == "restarted":
            self.told = event["offset"]

    def numbers(self) -> list[int]:
        return [int(each) for each in re.findall(rb"line (\d{8})\r?\n", self.data)]


def main() -> None:
    until(lambda: json.loads(get(""))["connected"], "the port")
    user, before = User(), main_pid()
    user.sees(5)
    os.kill(before, signal.SIGUSR2)
    user.hears_the_end()
    counted = len(user.data)
    user.comes_back()
    user.sees(20)
    user.close()
    lines = user.numbers()
    log = [int(number) for number in re.findall(rb"line (\d{8})\r?\n", get("/log"))]
    journal = ["journalctl", "--unit=com1d", "--output=cat", "--no-pager"]
    said = subprocess.run(journal, check=True, capture_output=True, text=True).stdout
    result = {
        "another process": main_pid() not in (before, 0),
        "systemd": ("Watchdog timeout" in said, shown("NRestarts"), shown("ActiveState")),
        "told": (user.code, user.told == counted),
        "seen whole": lines == list(range(lines[-1] + 1)),
        "logged whole": log == list(range(log[-1] + 1)),
        "recovered": '"event":"daemon.recovered"' in said.replace(" ", ""),
    }
    for what, verdict in result.items():
        sys.stdout.write(f"{what}: {verdict}\n")


if __name__ == "__main__":
    main()
