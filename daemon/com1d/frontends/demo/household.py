"""A private daemon with one guest, in a folder of its own that goes away with it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from com1d.errors import EX_FAILURE
from com1d.frontends.session.link import ClientError
from com1d.values import dataclass


CONSOLE: Final = "demo"

START_SECONDS: Final = 20.0
"""How long the daemon may take to answer: half a second, more on a machine that is busy."""

STOP_SECONDS: Final = 5.0
"""How long a process may take to end before it is killed: the daemon promises two."""

POLL_SECONDS: Final = 0.02
"""Seconds between two tries to reach the daemon, which has no other way to tell that it is
ready."""

MEMORY_MB: Final = 256
"""Memory of the guest: more than enough for a Debian kernel with a busybox initrd."""


@dataclass(frozen=True, slots=True)
class Household:
    """The paths of a demonstration while it runs."""

    folder: Path

    @property
    def socket(self) -> str:
        """The daemon's socket, for `--socket`."""
        return str(self.folder / "run" / "com1d.sock")


@contextlib.contextmanager
def windows_household() -> Iterator[Household]:
    """Run a daemon with the simulated Windows guest. Raises `ClientError` if it does not start."""
    with _daemon('port = "demo:"\nguest = "windows"') as household:
        yield household


@contextlib.contextmanager
def linux_household(kernel: str | None, initrd: str | None) -> Iterator[Household]:
    """Run a daemon with a Linux guest under QEMU; by default the guest that the tests boot.

    Raises `ClientError` when something is missing or does not start.
    """
    qemu = _found(shutil.which("qemu-system-x86_64"), "qemu-system-x86_64", "Install QEMU")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "com1d" / "guest"
    remedy = "Give --kernel and --initrd"
    images = [
        _found(path if Path(path).is_file() else None, str(path), remedy)
        for path in (kernel or cache / "vmlinuz", initrd or cache / "initrd.gz")
    ]
    console = 'port = "pipe:{folder}/guest"\ncontrol = "qmp:{folder}/qmp.sock"\nguest = "linux"'
    with _daemon(console) as household:
        pipe = household.folder / "guest"
        _wait(lambda: all(pipe.with_suffix(end).exists() for end in (".in", ".out")), "the FIFOs")
        command = _qemu_command(qemu, pipe, household.folder / "qmp.sock", *map(str, images))
        with _process(command, household.folder / "qemu.log"):
            yield household


def _qemu_command(qemu: str, pipe: Path, qmp: Path, kernel: str, initrd: str) -> list[str]:
    return [
        *(qemu, "-nodefaults", "-no-user-config", "-display", "none"),
        *("-machine", "q35", "-accel", "tcg", "-m", str(MEMORY_MB)),
        *("-chardev", f"pipe,id=com1,path={pipe}", "-serial", "chardev:com1"),
        *("-qmp", f"unix:{qmp},server=on,wait=off"),
        # On a busy machine an emulated timer may be late, and the kernel would panic for it.
        *("-kernel", kernel, "-initrd", initrd, "-append", "console=ttyS0,115200 no_timer_check"),
    ]


def _found(path: str | Path | None, what: str, remedy: str) -> str:
    if path is None:
        raise _failure(f"{what} is missing", remedy)
    return str(path)


@contextlib.contextmanager
def _daemon(console: str) -> Iterator[Household]:
    with tempfile.TemporaryDirectory(prefix="com1-demo-") as name:
        folder = Path(name)
        household = Household(folder)
        config = folder / "com1d.toml"
        config.write_text(_CONFIG.format(folder=folder, console=console.format(folder=folder)))
        command = [sys.executable, "-m", "com1d", "--config", str(config)]
        log = folder / "com1d.log"
        with _process(command, log) as process:
            _wait(lambda: _answers(household.socket) or process.poll() is not None, "com1d")
            if process.poll() is not None:
                raise _failure(f"com1d did not start: {_last_line(log)}")
            yield household


_CONFIG: Final = """\
[daemon]
runtime_dir = "{folder}/run"
state_dir = "{folder}/state"
log_dir = "{folder}/log"
metrics = ""

[consoles.demo]
{console}
"""


@contextlib.contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that ends with the context, and with this process however that ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own words, and the user's file names
            ["setpriv", "--pdeathsig", "TERM", *command],  # noqa: S607  # util-linux, wherever it is
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,  # Ctrl-C at the terminal is for the client
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise _failure(f"{what} did not come up within {START_SECONDS:g} s")
        time.sleep(POLL_SECONDS)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.connect(path)
        return True
    return False


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line), "it said nothing")


def _failure(detail: str, remedy: str = "") -> ClientError:
    members = {"code": "demo-failed", "title": "The demonstration cannot run", "detail": detail}
    return ClientError(members | {"remedy": remedy}, EX_FAILURE)
