"""The bench rig: a load generator on one core, a subject on the other, connected and primed."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import build
import procs
from subjects.base import Daemon, Kind, Setting, Subject


READY_LIMIT = 20.0
READY_LIMIT_EACH = 0.1
"""Seconds, and more seconds per console, until all is connected and passes bytes."""
FDS_PER_PACKET = 250
"""Sockets passed at once; the kernel takes 253."""
REPLY_LIMIT = 65536

MEMORY = Path("/dev/shm")
"""Where sockets and FIFOs are: a tmpfs, as /run is."""

Figures = dict[str, Any]


class Failed(Exception):
    """A subject did not manage a case. The text says how, for the table."""


class Generator:
    """The load generator's process and the commands that it understands (bench/load/load.c)."""

    def __init__(self, core: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        with procs.pinned(core), theirs:
            self._process = subprocess.Popen(
                [build.program("load"), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stderr=subprocess.PIPE,
            )

    def ask(self, verb: str, *words: object, fds: Sequence[int] = (), **options: float) -> Figures:
        """Send one command and wait for its answer.

        Raises Failed when the generator gave up, with its reason.
        """
        text = " ".join(map(str, [verb, *words, *(f"{k}={v}" for k, v in options.items())]))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._control, [text.encode()], list(fds))
            answer = self._control.recv(REPLY_LIMIT)
            if answer:
                figures: Figures = json.loads(answer)
                return figures
        _, errors = self._process.communicate(timeout=5)
        raise Failed(errors.decode().strip().removeprefix("load: ") or "the generator ended")

    def attach(self, clients: Sequence[tuple[int, bool, socket.socket]]) -> None:
        """Hand over client sockets: console, whether it is ever read, socket. Closes ours."""
        for start in range(0, len(clients), FDS_PER_PACKET):
            part = clients[start : start + FDS_PER_PACKET]
            words = [f"{console}{'r' if reads else 's'}" for console, reads, _ in part]
            self.ask("attach", *words, fds=[sock.fileno() for _, _, sock in part])
            for _, _, sock in part:
                sock.close()

    def close(self) -> None:
        """End the process; all ports and clients go with it."""
        self._control.close()
        self._process.kill()
        self._process.communicate()


@dataclass
class Bench:
    """A subject that serves, with everything connected: what a workload measures."""

    generator: Generator
    daemon: Daemon
    cores: tuple[int, int]
    started: float
    """Monotonic time at which the subject was started."""
    attached: float = 0.0
    """Monotonic time at which the last client was connected."""
    opened: float = 0.0
    """Monotonic time at which the last port was open (Unix ports only)."""
    passed: float = 0.0
    """Monotonic time at which every console had passed a byte to its client."""

    def run(self, verb: str, *, company: Sequence[int] = (), **options: float) -> Figures:
        """Run one of the generator's workloads.

        `company` are further processes that belong to the measurement: their CPU is no noise.
        """
        self.generator.ask("daemon", *self.cores, *self.daemon.pids(), "+", *company)
        figures = self.generator.ask(verb, fds=(), **options)
        if figures["missing"] or self.daemon.died():
            raise Failed("a process of the daemon died")
        return figures


@dataclass(frozen=True)
class Rig:
    """The two cores, and how a subject is put between generator and clients."""

    daemon_core: int
    generator_core: int

    @contextlib.contextmanager
    def serving(
        self,
        subject: Subject,
        kind: Kind,
        consoles: int,
        *,
        logs: bool = False,
        observers: int = 0,
        stuck: int = 0,
        tick_us: int = 0,
        guest: str | None = None,
    ) -> Iterator[Bench]:
        """Start a subject with one client per console; end it with the block.

        The first console gets `observers` more clients, and `stuck` ones that never read. `guest`
        is the port of a real VM: one more console, the last, without a client.
        Raises Failed when the subject does not get there.
        """
        with (
            directory(None) as disk,
            directory(MEMORY) as memory,
            contextlib.closing(Generator(self.generator_core)) as gen,
        ):
            gen.ask("ports", kind, consoles, memory)
            ports = [port_path(memory, kind, i) for i in range(consoles)]
            ports += [guest] if guest else []
            clients = 1 + observers + stuck
            setting = Setting(disk, memory, kind, ports, self.daemon_core, logs, clients, tick_us)
            started = time.monotonic()
            cores = (self.daemon_core, self.generator_core)
            bench = Bench(gen, subject.start(setting), cores, started)
            try:
                wanted = [(i, False, True) for i in range(consoles)]
                wanted += [(0, True, True)] * observers + [(0, True, False)] * stuck
                gen.attach(dial_all(subject, bench.daemon, wanted))
                bench.attached = time.monotonic()
                _prime(bench)
                yield bench
            finally:
                bench.daemon.stop()


@contextlib.contextmanager
def directory(parent: Path | None) -> Iterator[Path]:
    """Give a temporary directory; None is where the system has them, on disk as a rule."""
    path = Path(tempfile.mkdtemp(prefix="com1d-bench-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def port_path(ports: Path, kind: Kind, number: int) -> str:
    """Give what a subject is told to open for the generator's port `number`."""
    if kind == "pty":
        return str((ports / f"{number}.pty").readlink())
    return str(ports / (f"{number}.sock" if kind == "unix" else f"{number}"))


def dial_all(
    subject: Subject, daemon: Daemon, wanted: Sequence[tuple[int, bool, bool]]
) -> list[tuple[int, bool, socket.socket]]:
    """Connect clients as soon as the subject lets them: console, observer, whether it is ever read.

    Raises Failed when one cannot be connected.
    """
    deadline = time.monotonic() + _ready_limit(len(wanted))
    clients = []
    for console, observer, reads in wanted:
        sock = _dial(subject, daemon, console, observer=observer, deadline=deadline)
        clients.append((console, reads, sock))
    return clients


def _dial(
    subject: Subject, daemon: Daemon, console: int, *, observer: bool, deadline: float
) -> socket.socket:
    while True:
        try:
            return subject.dial(daemon, console, observer=observer)
        except OSError as error:
            if daemon.died():
                raise Failed(f"it ended at start: {_last_words(daemon)}") from None
            if time.monotonic() > deadline:
                raise Failed(f"console {console} cannot be reached: {error}") from None
        time.sleep(0.002)


def _ready_limit(consoles: int) -> float:
    return READY_LIMIT + READY_LIMIT_EACH * consoles


def _prime(bench: Bench) -> None:
    figures = bench.generator.ask("prime", timeout=_ready_limit(len(bench.daemon.setting.ports)))
    if figures["missing"]:
        words = _last_words(bench.daemon)
        raise Failed(f"{figures['missing']} consoles pass no output; it said: {words}")
    if figures["closed"]:
        raise Failed(f"it hung up on {figures['closed']} clients")
    bench.opened, bench.passed = figures["opened"], figures["passed"]


def _last_words(daemon: Daemon) -> str:
    """Give the last lines of the daemon's output, of the newest of its logs last."""
    logs = sorted(daemon.setting.dir.glob("*.log"), key=lambda log: log.stat().st_mtime)
    lines = [line.strip() for log in logs for line in log.read_text(errors="replace").splitlines()]
    said = [line for line in lines if line]
    return " / ".join(line[:160] for line in said[-2:]) or "nothing"


def choose_cores() -> tuple[int, int]:
    """Give the daemon's core and the generator's: the last two of those allowed."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("bench: two CPU cores are needed, one for the daemon and one for the load")
    return cores[-1], cores[-2]
