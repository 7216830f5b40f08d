"""Pictures of com1 as a person sees it: a real daemon and guest, a real terminal (tmux), as SVG.

`python bench/pictures.py` writes them into bench/pictures. Times, process numbers and terminals are
replaced by fixed ones, so that a picture changes only when what it shows does.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text


PLACE: Final = Path(__file__).parent / "pictures"
ROWS, COLUMNS = 24, 80
PATIENCE: Final = 30.0

BOOT: Final = (
    "[    0.000000] Linux version 6.1.0-27-amd64\r\n"
    "[    0.812344] EXT4-fs (vda1): mounted filesystem with ordered data mode\r\n"
    "[    1.204411] systemd[1]: Reached target Multi-User System.\r\n\r\n"
    "Debian GNU/Linux 12 web01 ttyS0\r\n\r\nweb01 login: root\r\n"
    "root@web01:~# "
)

STEADY: Final = (
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "2026-01-31T02:12:00.000Z"),
    (r"(?<![T\d])\d\d:\d\d\b(?!:)", "03:12"),
    (r"pts/\d+", "pts/3"),
    (r"process \d+", "process 4242"),
)
"""What differs from run to run, and what stands for it."""


class Guest:
    """A Linux that has booted: it prints, and echoes what is typed."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        wait_for(lambda: self._dials(path), "the port")
        threading.Thread(target=self._serve, daemon=True).start()

    def _dials(self, path: Path) -> bool:
        with contextlib.suppress(OSError):
            self._socket.connect(str(path))
            return True
        return False

    def _serve(self) -> None:
        self._socket.sendall(BOOT.encode())
        with contextlib.suppress(OSError):
            while data := self._socket.recv(4096):
                self._socket.sendall(data.replace(b"\r", b"\r\nroot@web01:~# "))


class Seat:
    """A terminal in tmux."""

    def __init__(self, server: str, name: str, folder: Path) -> None:
        self._tmux, self._name = ["tmux", "-L", server], name
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        shell = f"env PS1='$ ' COM1_SOCKET={folder}/run/com1d.sock PATH={path} bash --norc"
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._run("new-session", "-d", "-s", name, *size, shell)
        self.types(until="$")

    def _run(self, *words: str) -> str:
        done = subprocess.run([*self._tmux, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def types(self, *keys: str, until: str) -> None:
        """Press keys, and wait until the screen has this."""
        for key in keys:
            self._run("send-keys", "-t", self._name, key)
        wait_for(lambda: until in " ".join(self._screen().split()), until)

    def runs(self, command: str) -> None:
        """Run a command alone on the screen, until the shell's prompt is back."""
        self.types("clear", "Enter", until="$")
        self.types(command, "Enter", until=command)
        wait_for(lambda: self._screen().rstrip().endswith("\n$"), command)

    def _screen(self, *options: str) -> str:
        return self._run("capture-pane", "-p", "-t", self._name, *options)

    def picture(self, name: str) -> None:
        """Write what the screen shows."""
        time.sleep(0.3)  # the last bytes of a redraw, of which nothing tells
        shown = self._screen("-e")
        for pattern, steady in STEADY:
            shown = re.sub(pattern, steady, shown)
        with Path(os.devnull).open("w") as nowhere:
            console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
            console.print(Text.from_ansi(shown), end="")
        PLACE.mkdir(exist_ok=True)
        picture = console.export_svg(title=f"com1: {name}", unique_id=f"com1-{name}")
        (PLACE / f"{name}.svg").write_text(picture)


def wait_for(true: Callable[[], object], what: str) -> None:
    """Wait until `true()`."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)


@contextlib.contextmanager
def serving() -> Iterator[Path]:
    """Run a daemon with a guest that is up, one that is off, and a simulated Windows."""
    folder = Path(tempfile.gettempdir()) / "com1d"  # the same in every picture, and short
    folder.mkdir(mode=0o700)
    (folder / "com1d.toml").write_text(
        f'[daemon]\nruntime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n'
        f'log_dir = "{folder}/log"\nmetrics = ""\n'
        f'[consoles.web01]\nport = "listen:{folder}/web01.sock"\nguest = "linux"\n'
        f'[consoles.db01]\nport = "pipe:{folder}/guests/db01"\n'
        '[consoles.win01]\nport = "demo:"\nguest = "windows"\n'
        f'[consoles.sw01]\nport = "serial:{folder}/ttyUSB0"\nbaud = 9600\n'
    )
    command = [sys.executable, "-m", "com1d", "--config", str(folder / "com1d.toml")]
    daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for((folder / "run" / "com1d.sock").exists, "the daemon")
        yield folder
    finally:
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(folder)


def take(one: Seat, other: Seat, folder: Path) -> None:
    """Go through a night, and take the pictures."""
    one.types("com1 connect web01", "Enter", until="q quit]")
    one.picture("connect")
    one.types("C-]", until="send it")
    one.picture("menu")
    one.types("?", until="this list")
    one.picture("help")
    one.types("x", until="root@web01")
    other.types("com1 connect web01 --request", "Enter", until="you are next")
    other.picture("ask")
    one.types("C-]", until="g hand over")
    one.picture("hand-over")
    one.types("g", until="Enter takes it back")
    one.types("Enter", until="you type as root")
    other.types(until="Enter takes it back")
    other.picture("preempt")
    other.types("w", until="you watch as root")
    one.types("C-]", "l", "disk 3 replaced", "Enter", until="noted in the log")
    other.types("C-]", until="m message")
    other.types("m", "is that you at the disk?", "Enter", until="says: is that")
    one.picture("message")
    one.types("C-]", "/", "ext4", "Enter", until="| q leaves")
    one.picture("history")
    one.types("q", "C-]", "q", until="$")
    commands = {
        "list": "com1 list",
        "status": "com1 status web01",
        "boots": "com1 boots web01",
        "log": "com1 log web01 --timestamps",
        "check": f"com1d check --config {folder}/com1d.toml",
    }
    for name, command in commands.items():
        one.runs(command)
        one.picture(name)


def main() -> None:
    """Write all of them."""
    server = f"com1-pictures-{os.getpid()}"
    with serving() as folder:
        Guest(folder / "web01.sock")
        try:
            take(Seat(server, "one", folder), Seat(server, "other", folder), folder)
        finally:
            subprocess.run(["tmux", "-L", server, "kill-server"], check=False)


if __name__ == "__main__":
    main()
