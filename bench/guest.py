"""A real guest under QEMU that writes to COM1 without pause, and the watch on its port."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import build
import procs
from rig import MEMORY, Failed, Figures
from subjects import Kind


QEMU = "qemu-system-x86_64"
FILES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "com1d" / "guest"
"""Where tests/setup/guest puts the kernel and the initial RAM disk."""
NICE = 10
"""QEMU shares a core with the generator; it gets what the 64 ports at line rate leave."""
START_LIMIT = 15.0
"""Seconds until QEMU has opened its port."""


def missing() -> str | None:
    """Say what is needed for a guest and not there; None when all is."""
    if shutil.which(QEMU) is None:
        return f"{QEMU} is not installed (apt-get install qemu-system-x86)"
    if not (FILES / "vmlinuz").exists() or not (FILES / "initrd.gz").exists():
        return f"no guest in {FILES} (sh tests/setup/guest)"
    return None


class Guest:
    """A VM with its COM1 on a Unix socket that QEMU listens on, or on a pair of FIFOs."""

    def __init__(self, kind: Kind, core: int) -> None:
        self._kind = kind
        self._core = core
        self._dir = Path(tempfile.mkdtemp(prefix="com1d-guest-", dir=MEMORY))
        self.port = str(self._dir / ("com1.sock" if kind == "unix" else "com1"))

    def __enter__(self) -> Self:
        chardev = f"socket,id=com1,path={self.port},server=on,wait=off"
        if self._kind == "pipe":
            chardev = f"pipe,id=com1,path={self.port}"
            for suffix in (".in", ".out"):
                os.mkfifo(self.port + suffix, 0o600)
        argv = ["nice", "-n", str(NICE), QEMU, "-nodefaults", "-no-user-config", "-display", "none"]
        argv += ["-machine", "q35", "-accel", "tcg", "-m", "256"]
        argv += ["-chardev", chardev, "-serial", "chardev:com1"]
        argv += ["-kernel", str(FILES / "vmlinuz"), "-initrd", str(FILES / "initrd.gz")]
        argv += ["-append", "console=ttyS0,115200 no_timer_check quiet com1d.flood=1"]
        self._process = procs.spawn(argv, self._dir / "qemu.log", self._core)
        deadline = time.monotonic() + START_LIMIT
        while not self._opened() and time.monotonic() < deadline:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        procs.stop([self._process])
        shutil.rmtree(self._dir)

    def _opened(self) -> bool:
        if self._process.poll() is not None:
            raise Failed(f"QEMU ended: {(self._dir / 'qemu.log').read_text().strip()[-120:]}")
        if self._kind == "unix":
            return Path(self.port).exists()
        fds = Path(f"/proc/{self._process.pid}/fd").iterdir()
        return any(_link(fd) == f"{self.port}.out" for fd in fds)

    @contextlib.contextmanager
    def watched(self, figures: Figures) -> Iterator[list[int]]:
        """Watch what waits in the port during the block; fill the figures at its end.

        Gives the processes that run for it: QEMU and the watch.
        """
        words = ["fifo", f"{self.port}.out"] if self._kind == "pipe" else self._socket()
        with procs.pinned(self._core):
            watch = subprocess.Popen(
                [build.program("watch"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        try:
            yield [self._process.pid, watch.pid]
        finally:
            output, _ = watch.communicate(b"")
        figures |= json.loads(output or b"{}")

    def _socket(self) -> list[str]:
        """Give pid and descriptor of QEMU's end of the connection with the daemon."""
        connected = "03"  # the column St of /proc/net/unix: SS_CONNECTED
        rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
        inodes = [row[6] for row in rows if row[5] == connected and row[-1] == self.port]
        for fd in Path(f"/proc/{self._process.pid}/fd").iterdir():
            if _link(fd) in {f"socket:[{inode}]" for inode in inodes}:
                return ["socket", str(self._process.pid), fd.name]
        raise Failed("the daemon is not connected to the guest")


def _link(path: Path) -> str:
    with contextlib.suppress(OSError):
        return str(path.readlink())
    return ""
