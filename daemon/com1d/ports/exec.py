"""`exec:/usr/bin/ssh -p 2007 ts3`: what a program of this host prints and takes, on a pty.

For lines that only a program leads to: ssh to a terminal server, `ipmitool sol activate`, `virsh
-c … console`. The words are those of the program: there is no shell between, unless the
configuration names one. It is started when the console is, again when it has ended, and is ended
with the line. It has a session of its own, nothing of the daemon's environment or descriptors, and
the pty for input, output and errors; that is raw and not its controlling terminal, so each key is a
byte.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import shlex
import signal
import struct
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from com1d.core.carry import Packed
from com1d.loop.descriptors import Descriptors
from com1d.ports.attributes import TTY_BULK, TTY_CAPACITY, raw
from com1d.ports.base import MortalLine
from com1d.ports.reasons import explain


ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "TERM": "vt100",
}
"""The program's whole environment. TERM is what ssh tells the far end; all terminals know it."""

SIZE: Final = struct.pack("4H", 24, 80, 0, 0)
"""Rows and columns that the program is told, as a serial console has them."""

GRACE_SECONDS: Final = 0.5
"""What a program is given to hang up after SIGHUP, as ipmitool does to free its line. Two of them
fit into the daemon's stop."""

WHY: Final = {
    errno.ENOENT: "does not exist: install it, or correct `port`",
    errno.EACCES: "may not be run by com1d: make it executable",
    errno.ENOEXEC: "is not a program: begin a script with #!",
}


class ExecLine(MortalLine):
    """A running program, and our side of its pty."""

    __slots__ = (
        "_child",
        "_ended",
        "_pid",
        "_pidfd",
        "_program",
        "bulk",
        "capacity",
        "read_fd",
        "write_fd",
    )

    def __init__(self, program: str, master: int, pid: int, pidfd: int) -> None:
        """Go on with a program that was started, our side of its pty, and its numbers."""
        self._child: subprocess.Popen[bytes] | None = None
        """The program, where this process has started it."""
        self._program = program
        self._pid = pid
        self._pidfd = pidfd
        self.read_fd = self.write_fd = master
        self.bulk = TTY_BULK
        self.capacity = TTY_CAPACITY
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._pidfd, self._end)

    @classmethod
    def start(cls, argv: Sequence[str]) -> "ExecLine":
        """Start the program. Raises `OSError` where that cannot be done.

        `subprocess` uses vfork(2), for which the loop waits some milliseconds.
        """
        master, slave = os.openpty()
        try:
            termios.tcsetattr(slave, termios.TCSANOW, raw(termios.tcgetattr(slave)))
            fcntl.ioctl(slave, termios.TIOCSWINSZ, SIZE)
            os.set_blocking(master, False)
            child = subprocess.Popen(  # noqa: S603 - the program that the configuration names
                argv, stdin=slave, stdout=slave, stderr=slave, cwd="/", env=ENVIRONMENT,
                start_new_session=True,
            )  # fmt: skip
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        line = cls(argv[0], master, child.pid, os.pidfd_open(child.pid))
        line._child = child
        return line

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give our side of the pty, and the program's numbers: it goes on, as nobody's child."""
        return {
            "pty": fds.give(self.read_fd, f"{name}/pty"),
            "pidfd": fds.give(self._pidfd, f"{name}/program"),
            "pid": self._pid,
        }

    async def ended(self) -> str:
        """Wait for the program's end, and say how it ended."""
        await self._ended.wait()
        return self._how()

    def close(self) -> None:
        """Hang up; `buried` waits until the program is gone."""
        if self.read_fd < 0:
            return
        os.close(self.read_fd)
        self.read_fd = self.write_fd = -1
        self._signal(signal.SIGHUP)

    async def buried(self) -> None:
        """Wait for the end of a program that was hung up on, and kill it if it will not end."""
        try:
            await self._wait_for_end()
        finally:
            self._signal(signal.SIGKILL)  # also what it has left running in its process group
            await self._wait_for_end()  # one that hangs in the kernel is left behind
            self._end()
            os.close(self._pidfd)
            if self._child is not None:
                self._child.poll()

    async def _wait_for_end(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._ended.wait()

    def _how(self) -> str:
        """Say how the program ended. It is not reaped: its process group may still have to end."""
        if self._child is None:
            return f"{self._program} has ended"
        end = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOWAIT)
        if end is None or end.si_code == os.CLD_EXITED:
            return f"{self._program} ended with status {end.si_status if end else 0}"
        return f"{self._program} was ended by {signal.strsignal(end.si_status)}"

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        self._ended.set()

    def _signal(self, number: signal.Signals) -> None:
        """Signal the process group, while its leader is not reaped: the number is its until then.

        Of a program that another process has started, its end is when somebody may have reaped it.
        """
        if self._child is None and self._ended.is_set():
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, number)


class ExecPort:
    """A program and its arguments, in the spelling of a shell but without one."""

    __slots__ = ("_argv", "watch")

    def __init__(self, command: str) -> None:
        self._argv = shlex.split(command)
        self.watch = (Path(self._argv[0]),)

    async def open(self) -> ExecLine:
        """Start the program. Raises `PortDown` where that cannot be done."""
        try:
            return ExecLine.start(self._argv)
        except OSError as error:
            raise explain(self._argv[0], error, WHY) from None

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing: nothing outlives a line."""

    def take_over(self, _packed: Packed, line: Packed, fds: Descriptors) -> ExecLine | None:
        """Go on with a program that another process has started."""
        if line is None:
            return None
        master, pidfd = fds.take(line["pty"]), fds.take(line["pidfd"])
        return ExecLine(self._argv[0], master, line["pid"], pidfd)

    def close(self) -> None:
        """Nothing outlives a line."""
