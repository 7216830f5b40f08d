#!/usr/bin/env python3
"""Compare what `com1d trace` says of a byte with the latency that is measured outside.

A daemon runs in a process of its own. This one is the guest and the client: it stamps a byte when
it is written into the guest's FIFO, and again when it is read from the client's socket. The trace
follows the same bytes from their arrival to the client's write. What is outside of both ends is the
kernel's: waking the daemon, and waking this process. Both are compared byte by byte. As root, both
run before all other programs, each on a core of its own, so that those change nothing.
"""

import argparse
import contextlib
import json
import os
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scrape import configuration


BYTES = 300
GAP_SECONDS = 0.020
"""Between two bytes in the quiet gear: more than a line takes to fall silent."""
STREAM_SECONDS = 0.0007
"""The same for a line that streams."""
SETTLE_SECONDS = 3.0
FIRST = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK


def alone(pid: int, core: int) -> None:
    """Have a process run before all others on one core, where that is allowed."""
    with contextlib.suppress(PermissionError):
        os.sched_setaffinity(pid, {core})
        os.sched_setscheduler(pid, FIRST, os.sched_param(10))


def observe(path: Path, name: str) -> socket.socket:
    """Attach as an observer, which gets what is printed from now on."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path / "run" / "consoles" / f"{name}.observe.sock"))
    client.setblocking(False)  # noqa: FBT003 - its name says it
    return client


def outside(guest: int, client: socket.socket, gap: float) -> list[float]:
    """Send bytes with a gap between them; give the microseconds that each took."""
    poll, taken = select.poll(), []
    poll.register(client, select.POLLIN)
    for _ in range(BYTES):
        time.sleep(gap)
        began = time.perf_counter()
        os.write(guest, b"x")
        while not poll.poll(0):  # asleep, this process would have to be woken first
            os.sched_yield()
        client.recv(4096)
        taken.append((time.perf_counter() - began) * 1e6)
    return taken


def compare(folder: Path, gap: float) -> tuple[list[float], list[float]]:
    """Trace while bytes are sent; give what each took, by the outside and by the trace."""
    config = folder / "com1d.toml"
    command = [sys.executable, "-m", "com1d", "trace", "vm0000", "--json", "--config", str(config)]
    seconds = int(BYTES * (gap + 0.005)) + 4
    trace = subprocess.Popen(
        [*command, "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True
    )
    ends = ("in", "out")
    typed, guest = (os.open(folder / "guests" / f"vm0000.{end}", os.O_RDWR) for end in ends)
    with observe(folder, "vm0000") as client:
        assert trace.stdout is not None
        trace.stdout.readline()  # it has begun
        taken = outside(guest, client, gap)
        pieces = [line for line in map(json.loads, trace.stdout) if "offset" in line]
    trace.wait()
    os.close(guest)
    os.close(typed)
    return taken, [steps(piece) for piece in pieces]


def steps(piece: dict) -> float:
    """Add up the steps until the client has its byte: the first reader is the client."""
    written: float = piece["wait_us"] + piece["ring_us"] + piece["readers"][0]["us"]
    return written


def show(title: str, taken: list[float], traced: list[float]) -> None:
    both = list(zip(taken, traced, strict=False))
    apart = sorted(abs(one - other) for one, other in both)
    within = sum(one <= 200 for one in apart) / len(apart)
    print(
        f"{title:<8} {len(both):5} {statistics.median(taken):9.0f} {statistics.median(traced):9.0f}"
        f" {statistics.median(apart):9.0f} {apart[int(len(apart) * 0.9)]:9.0f} {within:9.1%}"
    )


def main() -> None:
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    print("line     bytes outside us  trace us  apart us    90 % us   <=0.2 ms")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="trace-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "com1d", "--config", str(configuration(folder, 1))]
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            while not (folder / "run" / "com1d.sock").exists():
                time.sleep(0.05)
            time.sleep(SETTLE_SECONDS)
            alone(daemon.pid, 0)
            alone(0, 1)
            for title, gap in (("quiet", GAP_SECONDS), ("streams", STREAM_SECONDS)):
                show(title, *compare(folder, gap))
        finally:
            daemon.terminate()
            daemon.wait()


if __name__ == "__main__":
    main()
