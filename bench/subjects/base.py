"""What a subject of the benchmark is: a console server that can be configured, started and dialled.

One module per subject, all of the same shape: which kinds of port it serves, how its configuration
is written, how it is started, and how a client gets to the raw bytes of a console.
"""

import re
import shutil
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import procs


Kind = Literal["pty", "unix", "pipe"]

DIAL_TIMEOUT = 5.0
"""Seconds for one step of a login dialogue; all of it is loopback."""
REPLY_LIMIT = 65536
"""Bytes of a login dialogue before it is taken for something else."""


@dataclass(frozen=True)
class Setting:
    """What one start of a subject has to serve."""

    dir: Path
    """On disk: configuration and logs."""
    run: Path
    """In memory, as /run is: sockets and FIFOs."""
    kind: Kind
    ports: Sequence[str]
    """By console: a tty, the path of a socket that listens, or the stem of `.in` and `.out`."""
    core: int
    logs: bool = False
    clients: int = 1
    """Clients per console at the same time."""
    tick_us: int = 0
    """For the floor only."""


@dataclass
class Daemon:
    """A subject that was started, with what is needed to talk to it and to end it."""

    processes: list[subprocess.Popen[bytes]]
    setting: Setting
    tcp_port: int = 0
    """Where clients dial, for the subjects that listen on TCP."""
    metrics: str = ""
    """URL of the Prometheus endpoint, where there is one."""
    listing: Sequence[str] = ()
    """A command that lists the consoles, where there is one."""
    held: list[socket.socket] = field(default_factory=list)
    """Connections kept for the dialogue of later clients."""

    def pids(self) -> list[int]:
        """Give all processes of the daemon."""
        return procs.tree([process.pid for process in self.processes])

    def died(self) -> bool:
        """Tell whether one of its processes ended by itself."""
        return any(process.poll() is not None for process in self.processes)

    def reload(self) -> None:
        """Make it read its configuration again: SIGHUP for every subject that can."""
        for process in self.processes:
            process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it."""
        for sock in self.held:
            sock.close()
        procs.stop(self.processes)


class Subject(ABC):
    """A console server. A subclass says how it is configured, started and dialled."""

    name: ClassVar[str]
    program: ClassVar[str]
    """The executable whose absence means: not installed."""
    package: ClassVar[str]
    """What to install to get it."""
    kinds: ClassVar[frozenset[Kind]]
    many: ClassVar[bool] = True
    """Whether a console takes more than one client at a time."""
    logs: ClassVar[bool] = True
    """Whether it can log what a console prints."""
    reloads: ClassVar[bool] = True
    """Whether SIGHUP makes it read its configuration again."""

    def missing(self) -> str | None:
        """Say why the subject cannot run here; None when it can."""
        if shutil.which(self.program) is None:
            return f"{self.program} is not installed ({self.package})"
        return None

    @abstractmethod
    def version(self) -> str:
        """Give one line that names the version measured."""

    @abstractmethod
    def start(self, setting: Setting) -> Daemon:
        """Write the configuration and start the daemon; it need not be ready yet."""

    @abstractmethod
    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Connect a client whose socket carries the raw bytes of the console from now on.

        Raises OSError while the daemon is not ready.
        """


def dial_unix(path: str | Path) -> socket.socket:
    """Connect to a Unix socket; a path that begins with NUL is an abstract one."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.settimeout(DIAL_TIMEOUT)
        sock.connect(str(path))
    except OSError:
        sock.close()
        raise
    return sock


def dial_tcp(port: int) -> socket.socket:
    """Connect to a port on loopback."""
    sock = socket.create_connection(("127.0.0.1", port), DIAL_TIMEOUT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def expect(sock: socket.socket, *endings: bytes) -> bytes:
    """Read until the text ends with one of `endings`; give the text.

    Raises ConnectionError when the peer hangs up or says something else at length.
    """
    text = b""
    while not text.endswith(endings):
        if sock.family == socket.AF_INET:
            # Else each of a dialogue's small segments waits for our delayed acknowledgement.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        data = sock.recv(4096)
        text += data
        if not data or len(text) > REPLY_LIMIT:
            raise ConnectionError(f"expected {endings!r}, got {text[-200:]!r}")
    return text


def free_port() -> int:
    """Give a TCP port on loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def version_line(*argv: str) -> str:
    """Give the first line of a program's output that has "version" or a number in it."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=10)
    lines = (done.stdout + done.stderr).splitlines()
    return next((line.strip() for line in lines if re.search(r"\d\.\d", line)), "?")
