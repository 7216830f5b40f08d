#!/usr/bin/env python3
"""Measure a scrape: how long it takes, and for how long it holds the loop; and `com1 top`.

The daemon runs in a process of its own; this one scrapes it over com1d.sock as Prometheus does.
Consoles are `pipe:` ports without VMs, with logs. Holds are what `com1d_loop_hold_seconds` adds
during the scrapes, in processor time of the loop's thread: what other programs take is no hold.
"""

import argparse
import fcntl
import http.client
import os
import pty
import re
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path


HEAD = "consoles median ms    max ms    cpu ms       KiB  holds >10ms    top ms  top cpu   top core"
TIMES = 10
TOP_SECONDS = 15.0
READY_SECONDS = 120.0
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


DAEMON = """
import sys, time
from com1d import __main__ as com1d
from com1d.daemon import serving
measured = serving.HoldTimes
serving.HoldTimes = lambda: measured(time.thread_time)
sys.exit(com1d.run(sys.argv[1:]))
"""
"""The daemon, but for the clock of its holds."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def scrape(path: Path, target: str = "/metrics") -> tuple[float, bytes]:
    """Ask once; give the seconds and the page."""
    began = time.perf_counter()
    connection = _Connection(path)
    connection.request("GET", target, headers={"Accept": ACCEPT})
    body = connection.getresponse().read()
    connection.close()
    return time.perf_counter() - began, body


def held_over(page: bytes, bound: str) -> int:
    """Count the holds that were longer than a bound."""
    counts = dict(re.findall(rb'com1d_loop_hold_seconds_bucket{le="([^"]+)"} (\d+)', page))
    return int(counts[b"+Inf"]) - int(counts[bound.encode()])


def cpu(pid: int) -> float:
    """Give the processor time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def watch(path: Path, pid: int) -> tuple[float, float, float]:
    """Run `com1 top`; give the seconds to its first table, and what it takes of the daemon's core.

    Between them, the processor time of `com1` up to that table: what a calm machine would take. The
    share is beyond what the daemon takes by itself: it tries ports that are down again and again.
    """
    before, since = cpu(pid), time.perf_counter()
    time.sleep(TOP_SECONDS)
    alone = (cpu(pid) - before) / (time.perf_counter() - since)
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    began = time.perf_counter()
    command = [sys.executable, "-m", "com1d.frontends.cli", "--socket", str(path), "top"]
    program = subprocess.Popen(command, stdin=far, stdout=far, stderr=far)
    try:
        _read_until(near, lambda seen: b" consoles, " in seen)
        first, computed = time.perf_counter() - began, cpu(program.pid)
        before, since = cpu(pid), time.perf_counter()
        _read_until(near, lambda _: time.perf_counter() - since > TOP_SECONDS)
        return first, computed, (cpu(pid) - before) / (time.perf_counter() - since) - alone
    finally:
        program.terminate()
        program.wait()
        os.close(near)
        os.close(far)


def _read_until(fd: int, enough: Callable[[bytes], bool]) -> None:
    seen = b""
    while not enough(seen):
        seen = (seen + os.read(fd, 65536))[-65536:]


def configuration(folder: Path, count: int) -> Path:
    """Write one for so many consoles."""
    head = f'[daemon]\nruntime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n'
    head += f'log_dir = "{folder}/log"\nmetrics = ""\nlog_level = "error"\n'
    consoles = (
        f'[consoles.vm{n:04}]\nport = "pipe:{folder}/guests/vm{n:04}"\n' for n in range(count)
    )
    path = folder / "com1d.toml"
    path.write_text(head + "".join(consoles))
    return path


def measure(count: int) -> str:
    """Start a daemon, scrape it, and give a row of the table."""
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="scrape-") as name:
        folder = Path(name)
        command = [sys.executable, "-c", DAEMON, "--config", str(configuration(folder, count))]
        daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            path = folder / "run" / "com1d.sock"
            deadline = time.monotonic() + READY_SECONDS
            while not path.exists():
                if daemon.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("scrape: the daemon does not start")
                time.sleep(0.1)
            time.sleep(2)
            first = scrape(path)[1]
            before = cpu(daemon.pid)
            times = [scrape(path)[0] for _ in range(TIMES)]
            used = (cpu(daemon.pid) - before) / TIMES
            page = scrape(path)[1]
            shown, computed, share = watch(path, daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait()
        over = held_over(page, "0.01") - held_over(first, "0.01")
        return (
            f"{count:8} {statistics.median(times) * 1e3:9.0f} {max(times) * 1e3:9.0f} "
            f"{used * 1e3:9.0f} {len(page) >> 10:9} {over:12} {shown * 1e3:9.0f} "
            f"{computed * 1e3:8.0f} {share:10.2%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("consoles", nargs="*", type=int, default=[1000, 4000])
    print(HEAD)
    for count in parser.parse_args().consoles:
        print(measure(count), flush=True)


if __name__ == "__main__":
    main()
