"""Runs inside a machine: a VM's console outlives whatever systemd does to com1d. Prints verdicts.

restarts.py is started by test.service after the boot, with the stand-in VM running since then.
"""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path


CONFIG = Path("/etc/com1d/com1d.toml")
PATIENCE = 30.0
GUESTS = Path("/run/com1d/guests")


class Api(http.client.HTTPConnection):
    """com1d.sock."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/run/com1d/com1d.sock")


def get(path: str, console: str = "vm") -> bytes:
    api = Api("com1d")
    api.request("GET", f"/v1/consoles/{console}{path}")
    body = api.getresponse().read()
    api.close()
    return body


def systemctl(*words: str) -> int:
    return subprocess.run(["systemctl", *words], check=False, capture_output=True).returncode


def printed() -> list[int]:
    return [int(number) for number in re.findall(rb"line (\d{8})\r?\n", get("/log"))]


def until(true, what: str) -> None:
    """Wait for what com1d has to do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            sys.exit(f"waited in vain for {what}: {get('').decode()}")
        time.sleep(0.02)


def goes_on(what: str, after: int) -> int:
    """Wait until the console is back with what the VM prints now; give its newest line."""
    until(lambda: json.loads(get(""))["connected"], f"the port after {what}")
    until(lambda: printed()[-1:] > [after + 3], f"the guest after {what}")
    lines = printed()
    missing = set(range(lines[0], lines[-1] + 1)) - set(lines)
    twice = len(lines) - len(set(lines))
    sys.stdout.write(f"{what}: from {lines[0]}, lost {sorted(missing)}, twice {twice}\n")
    return lines[-1]


def remove_fifos() -> None:
    """Do as a cleaner of temporary files does that knows nothing of us."""
    for path in GUESTS.glob("vm.*"):
        path.unlink()


def endure(*, cleaner: bool) -> None:
    """Do to com1d what happens on hosts; the console has to be back each time."""
    right = CONFIG.read_text()
    newest = goes_on("boot", -1)
    systemctl("restart", "com1d")
    newest = goes_on("restart", newest)
    systemctl("stop", "com1d")
    systemctl("start", "com1d")
    newest = goes_on("stop, start", newest)

    CONFIG.write_text("[nonsense")
    assert systemctl("restart", "com1d"), "a wrong configuration has to fail"
    systemctl("stop", "com1d")
    CONFIG.write_text(right)
    systemctl("reset-failed", "com1d")
    systemctl("start", "com1d")
    newest = goes_on("failed start", newest)
    if not cleaner:
        return

    systemctl("stop", "com1d")
    remove_fifos()
    tmpfiles = ["systemd-tmpfiles", "--create", "--remove", "--clean", "com1d.conf"]
    subprocess.run(tmpfiles, check=True)
    systemctl("restart", "com1d-guests")
    systemctl("start", "com1d")
    goes_on("cleaner, start", newest)


if __name__ == "__main__":
    endure(cleaner=True)
