"""W7, guest stall: how long a real guest's bytes wait while the daemon is busy with all else."""

import contextlib
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import ClassVar

import guest
from guest import Guest
from rig import Bench, Failed, Figures, Rig, dial_all
from subjects import Daemon, Kind, Subject
from workloads.base import LINE_RATE, MEGA, Case, Column, Scale, Workload


PORTS = 64
PAUSE_US = 200
"""The generator sleeps so long when nothing is due: QEMU needs the core too."""
SCRAPE_EVERY = 1.0
RELOAD_EVERY = 2.0
FIRST_WORDS = b"flood "
BOOT_LIMIT = 60.0
STOP_SECONDS = 3.0


class Stall(Workload):
    """The longest wait of a byte in the kernel, and how full its buffer came."""

    name = "W7"
    title = f"guest stall: a VM beside {PORTS} ports at line rate, with logs, reloads and scrapes"
    ratio = "wait_ms"
    columns: ClassVar[list[Column]] = [
        Column("wait_ms", "wait ms"),
        Column("fullest", "fullest B", "{:,.0f}"),
        Column("capacity", "of B", "{:,.0f}"),
        Column("fill", "full", "{:.1f}%", 100),
        Column("guest_kb_per_s", "guest kB/s", "{:.0f}"),
        Column("rate", "of rate", "{:.0f}%", 100),
        Column("gap_ms", "sampler's gap ms"),
    ]

    def missing(self) -> str | None:
        """Say why there is no guest."""
        return guest.missing()

    def cases(self, scale: Scale) -> list[Case]:
        """Give both kinds of port that QEMU has beside ptys, and each with the daemon stopped."""
        del scale
        kinds: tuple[Kind, ...] = ("unix", "pipe")
        stop = {"stop": True}
        usual = [Case(kind, PORTS, kind, logs=True) for kind in kinds]
        stopped = [
            Case(
                kind, PORTS, f"{kind}, daemon stopped {STOP_SECONDS:.0f} s", logs=True, options=stop
            )
            for kind in kinds
        ]
        return usual + stopped

    def measure(self, rig: Rig, subject: Subject, case: Case, scale: Scale) -> Figures:
        """Boot the guest, let it flood, load the daemon, and watch the guest's port."""
        seconds = 4 if scale.quick else 15
        with (
            Guest(case.kind, rig.generator_core) as vm,
            rig.serving(subject, case.kind, case.consoles, logs=True, guest=vm.port) as bench,
        ):
            _attach_guest(bench, subject, case.consoles)
            disturbance = _stopped if case.options.get("stop") else disturbed
            seen: Figures = {}
            with vm.watched(seen) as pids, disturbance(bench.daemon, reloads=subject.reloads):
                run = bench.run(
                    "trickle", rate=LINE_RATE, seconds=seconds, pause_us=PAUSE_US, company=pids
                )
        return (
            run
            | seen
            | {
                "fill": seen["fullest"] / seen["capacity"],
                "guest_kb_per_s": run["beside"] / run["seconds"] / 1000,
                "rate": run["received"] / (LINE_RATE * case.consoles * run["seconds"]),
                "guest_mb": run["beside"] / MEGA,
            }
        )


def _attach_guest(bench: Bench, subject: Subject, console: int) -> None:
    """Connect a client to the guest's console, and wait until the flood comes through."""
    [(_, _, sock)] = dial_all(subject, bench.daemon, [(console, False, True)])
    seen = b""
    deadline = time.monotonic() + BOOT_LIMIT
    while FIRST_WORDS not in seen:
        if time.monotonic() > deadline:
            raise Failed("the guest's output does not come through")
        with contextlib.suppress(TimeoutError):
            seen = seen[-len(FIRST_WORDS) :] + sock.recv(65536)
    bench.generator.attach([(-1, True, sock)])


@contextlib.contextmanager
def disturbed(daemon: Daemon, *, reloads: bool) -> Iterator[None]:
    """Scrape and reload the daemon again and again during the block."""
    over = threading.Event()
    failures: list[OSError] = []

    def disturb() -> None:
        begin = time.monotonic()
        scraped = reloaded = 0
        while not over.wait(0.05):
            passed = time.monotonic() - begin
            if daemon.metrics and passed > scraped * SCRAPE_EVERY:
                scraped += 1
                try:
                    urllib.request.urlopen(daemon.metrics, timeout=5).read()
                except OSError as error:
                    failures.append(error)
            if reloads and passed > (reloaded + 1) * RELOAD_EVERY:
                daemon.reload()
                reloaded += 1

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failures:
        raise Failed(f"a scrape failed: {failures[0]}")


@contextlib.contextmanager
def _stopped(daemon: Daemon, *, reloads: bool) -> Iterator[None]:
    """Stop all processes of the daemon for a while during the block."""
    del reloads

    def stop() -> None:
        time.sleep(1)
        pids = daemon.pids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(STOP_SECONDS)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        yield
    finally:
        thread.join()
