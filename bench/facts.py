"""What com1d relies on in QEMU, measured with the QEMU that is installed: `python bench/facts.py`.

For each kind of port: how many bytes a guest prints unread before it has to wait, and what a reset,
QEMU's exit and a reader that went away and returned do to the line. The guest is a boot sector that
writes 0 to 255 over and over, as fast as its UART takes them; so what is missing shows as a gap.
"""

import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Self


QEMU: Final = "qemu-system-x86_64"

FLOOD: Final = bytes.fromhex(
    "bafd03"  # start: mov dx, 0x3fd    the line status
    "eca82074fb"  # wait: in al, dx; test al, 0x20; jz wait
    "b2f888c8ee41"  # mov dl, 0xf8; mov al, cl; out dx, al; inc cx
    "ebf0"  # jmp start
)
DISK: Final = (FLOOD.ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0")

STILL: Final = 1.0
"""Seconds without another byte after which the guest waits: it writes one in microseconds."""

LIMIT: Final = 60.0
"""Seconds for anything: a machine that is busy takes some for a MiB."""

PIPE_BYTES: Final = 1 << 20
"""What com1d makes a FIFO, where it may."""

READ: Final = 1 << 16


class Vm:
    """A QEMU whose COM1 is a character device of the given words; it runs nothing before `go`."""

    def __init__(self, chardev: str, folder: Path) -> None:
        disk = folder / "disk"
        disk.write_bytes(DISK)
        ours, theirs = socket.socketpair()
        ours.settimeout(LIMIT)
        with theirs:
            self.process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL", QEMU, "-nodefaults", "-no-user-config"),
                    *("-display", "none", "-machine", "q35", "-accel", "tcg", "-m", "16", "-S"),
                    *("-drive", f"format=raw,file={disk}"),
                    *("-chardev", f"{chardev},id=com1", "-serial", "chardev:com1"),
                    *("-chardev", f"socket,fd={theirs.fileno()},id=monitor"),
                    *("-mon", "chardev=monitor,mode=control"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._monitor = ours.makefile("rw")
        ours.close()
        self._monitor.readline()
        self.ask("qmp_capabilities")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._monitor.close()

    def ask(self, command: str) -> Any:
        """Run one QMP command and give what it returns."""
        self._monitor.write(json.dumps({"execute": command}))
        self._monitor.flush()
        while "return" not in (answer := json.loads(self._monitor.readline())):
            assert "error" not in answer, answer
        return answer["return"]

    def pty(self) -> str:
        """Give the pty that QEMU opened for COM1."""
        chardevs = self.ask("query-chardev")
        return next(c["filename"] for c in chardevs if c["label"] == "com1").removeprefix("pty:")

    def files(self) -> dict[str, int]:
        """Give what QEMU has open by name, with the flags of open(2)."""
        folder = Path(f"/proc/{self.process.pid}")
        opened = {}
        for fd in (folder / "fd").iterdir():
            info = (folder / "fdinfo" / fd.name).read_text()
            opened[str(fd.readlink())] = int(info.split("flags:")[1].split()[0], 8)
        return opened


# -- kinds of port: start a VM on one, and open its line ------------------------------------------


Opened = tuple[Vm, int, Callable[[], int]]
"""The VM, our end of its line, and how to open that again."""


def pipe(folder: Path, size: int = PIPE_BYTES) -> Opened:
    for end in ("in", "out"):
        os.mkfifo(folder / f"com1.{end}")

    def again() -> int:
        return os.open(folder / "com1.out", os.O_RDONLY | os.O_NONBLOCK)

    line = again()
    if size:
        fcntl.fcntl(line, fcntl.F_SETPIPE_SZ, size)
    return Vm(f"pipe,path={folder}/com1", folder), line, again


def small_pipe(folder: Path) -> Opened:
    return pipe(folder, 0)


def unix(folder: Path) -> Opened:
    vm = Vm(f"socket,path={folder}/com1,server=on,wait=off", folder)

    def again() -> int:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"{folder}/com1")
            return connection.detach()

    return vm, again(), again


def listen(folder: Path, reconnect: str = "reconnect=1") -> Opened:
    listener = socket.socket(socket.AF_UNIX)
    listener.settimeout(LIMIT)
    listener.bind(f"{folder}/com1")
    listener.listen()
    vm = Vm(f"socket,path={folder}/com1,server=off,{reconnect}", folder)

    def again() -> int:
        return listener.accept()[0].detach()

    return vm, again(), again


def listen_ms(folder: Path) -> Opened:
    return listen(folder, "reconnect-ms=100")


def tcp(folder: Path) -> Opened:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    vm = Vm(f"socket,host={address[0]},port={address[1]},server=on,wait=off", folder)

    def again() -> int:
        return socket.create_connection(address).detach()

    return vm, again(), again


def pty(folder: Path) -> Opened:
    vm = Vm("pty", folder)
    path = vm.pty()

    def again() -> int:
        terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(terminal, termios.TCSANOW)
        return terminal

    return vm, again(), again


KINDS: Final = {
    "pipe, 1 MiB": pipe,
    "pipe, as made": small_pipe,
    "unix": unix,
    "listen, reconnect=1": listen,
    "listen, reconnect-ms=100": listen_ms,
    "tcp": tcp,
    "pty": pty,
}


# -- what is measured -----------------------------------------------------------------------------


@contextlib.contextmanager
def running(kind: str) -> Iterator[Opened]:
    with tempfile.TemporaryDirectory() as folder:
        vm, line, again = KINDS[kind](Path(folder))
        with vm:
            vm.ask("cont")
            yield vm, line, again


def unread(line: int) -> int:
    """Give how much waits in a line."""
    return struct.unpack("i", fcntl.ioctl(line, termios.FIONREAD, b"\0" * 4))[0]


def filled(line: int) -> None:
    """Wait until the guest waits: nothing more comes into the line, which nobody reads."""
    end = time.monotonic() + LIMIT
    seen, since = 0, time.monotonic()
    while not seen or time.monotonic() - since < STILL:
        assert time.monotonic() < end, "the guest does not come to a stop"
        if (now := unread(line)) != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.01)


def take(line: int, wanted: int = sys.maxsize) -> tuple[bytes, str]:
    """Read what comes, up to `wanted` bytes, until nothing does; say how it ended."""
    taken = bytearray()
    os.set_blocking(line, False)
    while len(taken) < wanted:
        if not select.select([line], [], [], STILL)[0]:
            return bytes(taken), "silence"
        try:
            data = os.read(line, READ)
        except OSError as error:
            return bytes(taken), error.strerror or "an error"
        if not data:
            return bytes(taken), "end of file"
        taken += data
    return bytes(taken), "more"


def whole(data: bytes) -> bool:
    """Say whether no byte is missing in between."""
    return all((one + 1) & 255 == two for one, two in itertools.pairwise(data))


def margin(kind: str) -> str:
    """Count the bytes that a guest prints unread before it waits."""
    with running(kind) as (vm, line, _):
        filled(line)
        vm.ask("stop")
        data, _ = take(line)
        os.close(line)
        return f"{len(data)} bytes{'' if whole(data) else ', with gaps'}"


def reset(kind: str) -> str:
    """Say what a reset does to a line that is full."""
    with running(kind) as (vm, line, _):
        filled(line)
        vm.ask("system_reset")
        before = unread(line)
        data, end = take(line, before + 100_000)
        os.close(line)
        kept = "keeps what waits" if data[:before] and whole(data[:before]) else "drops what waits"
        return f"{kept}; then {'the next boot' if end == 'more' else end}"


def leaves(kind: str, number: int) -> str:
    """Give what is left to read when QEMU ends by a signal while the line is full."""
    with running(kind) as (vm, line, _):
        filled(line)
        waiting = unread(line)
        vm.process.send_signal(number)
        vm.process.wait()
        data, end = take(line)
        os.close(line)
        return f"{len(data)} of {waiting} bytes; then {end}"


def ended(kind: str) -> str:
    """Give what is left to read when QEMU is told to end."""
    return leaves(kind, signal.SIGTERM)


def killed(kind: str) -> str:
    """Give what is left to read when QEMU is killed."""
    return leaves(kind, signal.SIGKILL)


def away(kind: str) -> str:
    """Say what a reader that comes back after 3 s finds, and how soon."""
    with running(kind) as (_, line, again):
        last = take(line, 10_000)[0][-1]
        os.close(line)
        if not kind.startswith("listen"):
            time.sleep(3)
        began = time.monotonic()
        fresh = again()
        while not unread(fresh):
            time.sleep(0.001)
        waited = time.monotonic() - began
        data = take(fresh, 10_000)[0]
        os.close(fresh)
        gap = "next byte" if data[0] == (last + 1) & 255 else "gap"
        return f"{gap}, after {waited:.1f} s"


def held(kind: str) -> str:
    """Say how QEMU has the files of the line open."""
    with running(kind) as (vm, line, _):
        modes = {os.O_RDONLY: "reading", os.O_WRONLY: "writing", os.O_RDWR: "both"}
        files = [
            f"{Path(name).name} for {modes[flags & os.O_ACCMODE]}"
            for name, flags in sorted(vm.files().items())
            if "com1" in name or "ptmx" in name
        ]
        os.close(line)
        return ", ".join(files) or "a socket"


FACTS: Final = (margin, reset, ended, killed, away, held)


def main() -> None:
    """Print a table of Markdown, a line when it is known."""
    if shutil.which(QEMU) is None:
        sys.exit(f"{QEMU} is not installed (sh .ci/system tests)")
    version = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=True)
    print(f"{version.stdout.splitlines()[0]}\n")
    print("| kind |", " | ".join(fact.__name__ for fact in FACTS), "|")
    print("|---" * (len(FACTS) + 1) + "|")
    for kind in sys.argv[1:] or KINDS:
        try:
            print(f"| {kind} |", " | ".join(fact(kind) for fact in FACTS), "|", flush=True)
        except (json.JSONDecodeError, OSError) as error:
            print(f"| {kind} | this QEMU does not take it ({error}) |", flush=True)


if __name__ == "__main__":
    main()
