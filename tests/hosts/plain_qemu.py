"""Runs inside a machine whose VM is the unit of HOSTS.md: it has a console, with and without com1d.

Prints what was seen.
"""

import json
import subprocess
import sys

from hosts.restarts import Api, systemctl, until


FIRMWARE = "SeaBIOS (version"


def console() -> dict:
    api = Api("com1d")
    api.request("GET", "/v1/consoles/web01")
    found = json.loads(api.getresponse().read())
    api.close()
    return found


def com1(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "com1d.frontends.cli", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def prints(times: int) -> bool:
    """Say whether the firmware has begun so often, by the console's log."""
    return com1("log", "web01", "--since", "1h").count(FIRMWARE) >= times


def user() -> str:
    pid = subprocess.run(
        ["systemctl", "show", "-P", "MainPID", "web01"], capture_output=True, text=True, check=True
    ).stdout
    name = ["ps", "-o", "user=", "-p", pid.strip()]
    return subprocess.run(name, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    until(lambda: console()["connected"] and prints(1), "the firmware")
    sys.stdout.write(f"{user()}: {console()['port']}\n")
    com1("send", "reset", "web01")
    until(lambda: prints(2), "the reset")
    sys.stdout.write("reset\n")
    systemctl("stop", "com1d.socket", "com1d")
    systemctl("restart", "web01")
    subprocess.run(["systemctl", "is-active", "web01"], check=True, stdout=subprocess.DEVNULL)
    sys.stdout.write("started without com1d\n")
    systemctl("start", "com1d")
    until(lambda: console()["connected"] and prints(3), "the firmware, from the first byte")
    sys.stdout.write("all was there\n")


if __name__ == "__main__":
    main()
