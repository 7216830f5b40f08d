"""Real guests: QEMU without KVM, Debian's kernel, busybox, and COM1 on any kind of port.

A port is written as in com1d.toml, so that a test says it once for the guest and for its daemon:
`pipe:/path`, `listen:/path` (QEMU dials), `unix:/path` (QEMU listens). The fourth is `pty`: what
com1d would call `pty:/dev/pts/7` is known only once QEMU runs, from `pty_path()`.
"""

import asyncio
import contextlib
import functools
import os
import socket
import subprocess
from pathlib import Path
from typing import Any, Self

from qemu.qmp import QMPClient, QMPError


PROMPT = b"guest# "
READY = b"GUEST-READY"
LOGIN = b"guest login: "
USER, PASSWORD = b"root", b"guest"

MEMORY_MB = 96
"""The kernel boots in this with room to spare; 64 are too few."""

STOP_SECONDS = 20.0
"""QEMU quits within 10 ms; on a machine that is busy with other tests, some seconds."""

SETUP = Path(__file__).parents[1] / "setup" / "guest"

CHARDEVS = {
    "pipe": "pipe,path={path}",
    "listen": "socket,path={path},server=off,reconnect=1",
    "unix": "socket,path={path},server=on,wait=off",
    "pty": "pty",
}
"""QEMU's words for each kind of port."""


@functools.cache
def boot_files() -> tuple[Path, Path]:
    """Give the guest's kernel and initrd; they are made now if that has not been done."""
    subprocess.run(["sh", SETUP], check=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "com1d" / "guest"
    return cache / "vmlinuz", cache / "initrd.gz"


class Guest:
    """One virtual machine, which ends with its `async with` block, or with this process.

    `kernel` is added to the kernel's command line: `quiet` for 150 bytes instead of 20 kB before
    the prompt, and what tests/setup/init understands.
    """

    def __init__(self, port: str, directory: Path, kernel: str = "quiet") -> None:
        self.kind, _, self.path = port.partition(":")
        self.kernel = kernel
        self.control = directory / "control.qmp"
        """QEMU's monitor for the daemon under test; the harness has another."""
        self.com2 = directory / "com2.sock"
        """A second shell, on a Unix socket: it answers while COM1 is stuck."""
        self.log = directory / "com1.log"
        """What the guest printed on COM1, as QEMU wrote it down: the reference, byte for byte."""
        self.errors = directory / "qemu.err"
        self._monitor = QMPClient("harness")
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, unless that has been done."""
        await self.stop()

    @property
    def pid(self) -> int:
        """QEMU's process."""
        assert self._process is not None
        return self._process.pid

    async def start(self, *, halted: bool = False) -> None:
        """Start QEMU and return once it runs its guest; wait for the prompt on the port.

        `halted`, the guest runs nothing before `go`: but for a pipe, QEMU drops what is printed to
        a port that nobody opened yet, and a busy machine may be late with that by seconds. A
        `pipe:` port's two FIFOs have to be there. Raises RuntimeError, with what QEMU said, when it
        ends at once.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs, self.errors.open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self.command(theirs.fileno()),
                *(["-S"] if halted else []),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[theirs.fileno()],
            )
        try:
            await self._monitor.connect(ours)
        except QMPError as error:
            await self._ended()
            raise RuntimeError(f"QEMU did not start: {self.errors.read_text()}") from error

    async def go(self) -> None:
        """Let a guest run that was started `halted`, or stopped since."""
        await self.qmp("cont")

    def command(self, monitor: int) -> list[str]:
        kernel, initrd = boot_files()
        com1 = CHARDEVS[self.kind].format(path=self.path)
        return [
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
            *("-machine", "q35", "-accel", "tcg", "-m", str(MEMORY_MB)),
            *("-chardev", f"{com1},id=com1,logfile={self.log}", "-serial", "chardev:com1"),
            *("-serial", f"unix:{self.com2},server=on,wait=off"),
            *(
                "-chardev",
                f"socket,fd={monitor},id=harness",
                "-mon",
                "chardev=harness,mode=control",
            ),
            *("-qmp", f"unix:{self.control},server=on,wait=off"),
            *("-kernel", str(kernel), "-initrd", str(initrd)),
            # On a busy machine an emulated timer may be late, and the kernel would panic for it.
            *("-append", f"console=ttyS0,115200 no_timer_check {self.kernel}"),
        ]

    async def qmp(self, command: str, **arguments: object) -> Any:
        """Run one QMP command, such as `system_reset`, and give what it returns."""
        return await self._monitor.execute(command, arguments)

    async def pty_path(self) -> str:
        """Give the terminal that QEMU opened for COM1, such as `/dev/pts/7`."""
        chardevs = await self.qmp("query-chardev")
        return next(c["filename"] for c in chardevs if c["label"] == "com1").removeprefix("pty:")

    async def stop(self) -> None:
        """Have QEMU quit, and wait until it is gone. Without one there is nothing to do."""
        if self._process is None:
            return
        with contextlib.suppress(QMPError):
            await self.qmp("quit")
        await self._ended()

    async def kill(self) -> None:
        """End QEMU as a crash would, and wait until it is gone."""
        assert self._process is not None
        self._process.kill()
        await self._ended()

    async def _ended(self) -> None:
        assert self._process is not None
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        with contextlib.suppress(EOFError, OSError):  # how the client reports that QEMU hung up
            await self._monitor.disconnect()
