"""A daemon, guests and terminals for the client's tests: real processes and real ptys."""

import contextlib
import fcntl
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self


PATIENCE = 30.0
"""How long a test waits for what has to come: an age, because the machine may be busy."""

CLIENT = [sys.executable, "-m", "com1d.frontends.cli"]


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait for `true()` and give it."""
    deadline = time.monotonic() + PATIENCE
    while not (value := true()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)  # no event of another process to wait for
    return value


class Daemon:
    """A com1d process with a configuration of its own."""

    def __init__(self, folder: Path, consoles: str, under: Sequence[str] = ()) -> None:
        self.folder = folder
        self._under = under
        self.socket = str(folder / "run" / "com1d.sock")
        self._config = folder / "com1d.toml"
        self._config.write_text(
            f'[daemon]\nruntime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n'
            f'log_dir = "{folder}/log"\nmetrics = ""\n{consoles}'
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.unused: list[str] = []
        """Names of consoles that no test has taken yet."""

    def start(self) -> None:
        """Start, and return when it answers."""
        command = [*self._under, sys.executable, "-m", "com1d", "--config", str(self._config)]
        with (self.folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self._answers, "the daemon")

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "daemon.log").read_text()
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(self.socket)
            return True
        return False

    def stop(self) -> None:
        """Stop in good order."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def audit_verify(self) -> subprocess.CompletedProcess[bytes]:
        """Have the audit verified."""
        command = [sys.executable, "-m", "com1d", "audit", "verify", "--config", str(self._config)]
        return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)

    def run(self, *arguments: str, **keywords: Any) -> subprocess.CompletedProcess[bytes]:
        """Run `com1` to its end."""
        command = [*CLIENT, "--socket", self.socket, *arguments]
        return subprocess.run(
            command, capture_output=True, timeout=PATIENCE, check=False, **keywords
        )


@contextlib.contextmanager
def running(folder: Path, consoles: str, under: Sequence[str] = ()) -> Iterator[Daemon]:
    """Give a daemon that runs, started by the command `under` if any, and end it."""
    daemon = Daemon(folder, consoles, under)
    daemon.start()
    try:
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.stop()


class Guest:
    """The far end of a `listen:` port: the test is the guest and sees each byte that it gets."""

    def __init__(self, daemon: Daemon, name: str) -> None:
        self.name = name
        self.daemon = daemon
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        until(self._dials, "the port")

    def _dials(self) -> bool:
        with contextlib.suppress(OSError):
            self._socket.connect(str(self.daemon.folder / self.name))
            return True
        return False

    def says(self, data: bytes) -> None:
        """Print `data` on the console."""
        self._socket.sendall(data)

    def gets(self, awaited: bytes) -> None:
        """Read until what came ends with `awaited`; nothing else may have come."""
        got = b""
        while len(got) < len(awaited):
            piece = self._socket.recv(65536)
            assert piece, f"the port closed after {got!r}"
            got += piece
        assert awaited == got

    def takes_all(self) -> None:
        """Read what is there, whatever it is."""
        while select.select([self._socket], [], [], 0)[0]:
            self._socket.recv(65536)

    def close(self) -> None:
        """Go away."""
        self._socket.close()


class Terminal:
    """`com1` at a pseudo-terminal, which is its controlling one."""

    def __init__(
        self,
        *arguments: str,
        program: Sequence[str] = CLIENT,
        columns: int = 80,
        rows: int = 24,
        **environment: str,
    ) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = self.attributes()
        self.seen = b""
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *program, *arguments],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env={**os.environ, "NO_COLOR": "1", **environment},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()
        os.close(self._slave)

    def attributes(self) -> list[Any]:
        """Give the terminal's settings."""
        return termios.tcgetattr(self._slave)

    def hang_up(self) -> None:
        """Close the near end, as a dying terminal emulator does."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def type(self, data: bytes) -> None:
        """Press keys."""
        os.write(self._master, data)

    def shows(self, awaited: bytes) -> bytes:
        """Wait until `awaited` is shown; give all that came up to its end, and forget it."""
        deadline = time.monotonic() + PATIENCE
        while awaited not in self.seen:
            ready, _, _ = select.select([self._master], [], [], deadline - time.monotonic())
            assert ready, f"{awaited!r} never came, but {self.seen!r}"
            self.seen += os.read(self._master, 65536)
        end = self.seen.index(awaited) + len(awaited)
        shown, self.seen = self.seen[:end], self.seen[end:]
        return shown

    def ends(self) -> int:
        """Wait for the end of `com1`; give its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"com1 goes on: {self.seen!r}"
            if self._master >= 0 and select.select([self._master], [], [], 0.01)[0]:
                self.seen += os.read(self._master, 65536)
        while self._master >= 0 and select.select([self._master], [], [], 0)[0]:
            self.seen += os.read(self._master, 65536)
        return self.process.returncode
