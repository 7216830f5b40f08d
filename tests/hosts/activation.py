"""Runs inside a machine: clients of com1d.sock while com1d is away. Prints what became of them."""

import json
import socket
import struct
import subprocess
import sys
from threading import Event, Thread

from hosts.restarts import CONFIG, Api, get, until


SOCKET = "/run/com1d/com1d.sock"


def systemctl(*words: str) -> str:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def state() -> str:
    return systemctl("is-active", "com1d.service")


def com1d(word: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "com1d", word, "--config", str(CONFIG)]
    return subprocess.run(command, capture_output=True, check=False)


def server() -> int:
    """Ask the kernel who listens at com1d.sock."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(SOCKET)
        size = struct.calcsize("3i")
        credentials = asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return struct.unpack("3i", credentials)[0]


def stop() -> None:
    """Stop the service; its socket closes a moment later."""
    systemctl("stop", "com1d.service")
    until(lambda: systemctl("is-active", "com1d.socket") == "inactive", "the socket's end")


def refused() -> str:
    """Say why nobody can ask."""
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(SOCKET)
        except OSError as error:
            return str(error.strerror)
    return "somebody answers"


def pid() -> str:
    return systemctl("show", "-P", "MainPID", "com1d.service")


def tell(what: str, value: object) -> None:
    sys.stdout.write(f"{what}: {value}\n")
    sys.stdout.flush()


class Callers:
    """Ask again and again, each time over a connection of its own.

    One that was let in is cut by a kill -9; nobody is refused.
    """

    def __init__(self) -> None:
        self._end = Event()
        self.answers: list[int] = []
        self.refused: list[str] = []
        self.cut: list[str] = []
        self._thread = Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        while not self._end.wait(0.005):
            api = Api("com1d")
            try:
                api.connect()
            except OSError as error:
                self.refused.append(str(error))
                continue
            try:
                api.request("GET", "/v1/consoles")
                self.answers.append(api.getresponse().status)
            except OSError as error:
                self.cut.append(str(error))
            finally:
                api.close()

    def stop(self) -> str:
        self._end.set()
        self._thread.join()
        return f"{set(self.answers)} {self.refused} {len(self.cut) <= 1}"


def main() -> None:
    tell("before the first", state())
    tell("asked", json.loads(get(""))["name"])
    tell("then", state())
    tell("owner", systemctl("is-active", "com1d.socket"))

    callers = Callers()
    for what in (("restart", "com1d"), ("kill", "-s", "KILL", "com1d"), ()):
        before = pid()
        if what:
            systemctl(*what)
        else:
            tell("upgraded", not com1d("upgrade").returncode)
        until(lambda before=before: pid() not in (before, "0") and state() == "active", str(what))
        until(lambda: str(server()) == pid(), "who listens")
        asked = len(callers.answers)
        until(lambda asked=asked: len(callers.answers) > asked + 3, "answers")
    tell("callers", callers.stop())

    stop()
    tell("stopped", state())
    tell("asked then", refused())
    systemctl("start", "com1d.service")
    tell("started", f"{state()}, socket {systemctl('is-active', 'com1d.socket')}")
    tell("asked again", json.loads(get(""))["name"])

    right = CONFIG.read_text()
    CONFIG.write_text("[nonsense")
    stop()
    systemctl("start", "com1d.socket")
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.connect(SOCKET)
        until(lambda: state() in ("failed", "activating"), "a start that fails")
    CONFIG.write_text(right)
    stop()
    systemctl("reset-failed", "com1d.socket", "com1d.service")
    systemctl("start", "com1d.service")
    tell("after a failed start", json.loads(get(""))["name"])
    stop()
    tell("stopped for good", state())


if __name__ == "__main__":
    main()
