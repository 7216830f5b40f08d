"""A VM whose guest writes to COM1 without pause, on each kind of port, with our end of its line."""

import fcntl
import json
import os
import socket
import subprocess
import termios
import tty
from collections.abc import Callable
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

LIMIT: Final = 60.0
"""Seconds for anything: a machine that is busy takes some for a MiB."""

PIPE_BYTES: Final = 1 << 20
"""What com1d makes a FIFO, where it may."""


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
