#!/usr/bin/env python3
"""A storm of real guests: `bench/guests.py --guests 4,8 --rounds 3`.

Each guest is a VM under QEMU (TCG) whose boot sector writes to COM1 as fast as its UART takes it.
All of them have both cores, and share one with the console server: what that takes, the guests do
not get. Printed is how much came through to the clients, of each guest and of all.
"""

import argparse
import contextlib
import os
import selectors
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from flood import KINDS, Vm
from results import FLOOR, OURS
from rig import MEMORY, choose_cores, dial_all
from subjects import SUBJECTS, Kind, Setting, Subject


PORTS: Final[dict[Kind, str]] = {"pipe": "pipe, 1 MiB", "unix": "unix"}
"""The kinds of port on which the path of a VM's COM1 is ours to choose."""

WARM_SECONDS: Final = 1.0
SECONDS: Final = 6.0
READ: Final = 1 << 16


@dataclass
class Tally:
    """What one subject has let through."""

    kb_per_s: list[float] = field(default_factory=list)
    fairness: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, counts: Sequence[int], seconds: float, cpu: float) -> None:
        """Take one round: the bytes of each guest, and the daemon's seconds of CPU."""
        self.kb_per_s.append(sum(counts) / seconds / 1000)
        self.fairness.append(max(counts) / max(1, min(counts)))
        self.cpu.append(cpu / seconds)


@contextlib.contextmanager
def guests(kind: Kind, count: int) -> Iterator[tuple[list[Vm], list[str]]]:
    """Start VMs that run nothing yet; give them, and where their COM1 are."""
    with contextlib.ExitStack() as stack:
        vms, ports = [], []
        for _ in range(count):
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY))
            vm, line, _ = KINDS[PORTS[kind]](Path(folder))
            os.close(line)
            vms.append(stack.enter_context(vm))
            ports.append(f"{folder}/com1")
        yield vms, ports


def count(clients: Sequence[socket.socket], seconds: float) -> list[int]:
    """Read all that comes for so long; give how many bytes came to each client."""
    counts = [0] * len(clients)
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for number, client in enumerate(clients):
            selector.register(client, selectors.EVENT_READ, number)
        while (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                counts[key.data] += len(os.read(key.fd, READ))
    return counts


def storm(subject: Subject, kind: Kind, number: int, cores: tuple[int, int], tally: Tally) -> None:
    """Let the guests print for some seconds through one subject."""
    with (
        tempfile.TemporaryDirectory() as disk,
        tempfile.TemporaryDirectory(dir=MEMORY) as run,
        guests(kind, number) as (vms, ports),
        contextlib.ExitStack() as stack,
    ):
        setting = Setting(Path(disk), Path(run), kind, ports, cores[0], subject.logs)
        daemon = subject.start(setting)
        stack.callback(daemon.stop)
        wanted = [(console, False, True) for console in range(number)]
        clients = [stack.enter_context(sock) for _, _, sock in dial_all(subject, daemon, wanted)]
        for vm in vms:
            vm.ask("cont")
        count(clients, WARM_SECONDS)
        before, began = cpu_seconds(daemon.pids()), time.monotonic()
        counts = count(clients, SECONDS)
        seconds = time.monotonic() - began
        tally.add(counts, seconds, cpu_seconds(daemon.pids()) - before)


def cpu_seconds(pids: Sequence[int]) -> float:
    """Give the run time of all threads of some processes."""
    files = [file for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def spread(values: Sequence[float], digits: int) -> str:
    """Give the median, and the least and the greatest."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def main() -> None:
    """Measure all subjects in turns, and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--guests", default="4,8", help="numbers of VMs")
    parser.add_argument("--kinds", default="pipe,unix")
    parser.add_argument("--subjects", default=f"{OURS},{FLOOR}")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    cores = choose_cores()
    chosen = [one for one in SUBJECTS if one.name in options.subjects.split(",")]
    for kind in PORTS:
        for number in map(int, options.guests.split(",")):
            fit = [one for one in chosen if kind in one.kinds and kind in options.kinds.split(",")]
            tallies = {one.name: Tally() for one in fit}
            for one in fit * options.rounds:
                storm(one, kind, number, cores, tallies[one.name])
            for name, tally in tallies.items():
                print(
                    f"{number} {kind}, {name}: {spread(tally.kb_per_s, 0)} kB/s, slowest/fastest "
                    f"{spread(tally.fairness, 2)}, daemon {spread(tally.cpu, 2)} of a core",
                    flush=True,
                )


if __name__ == "__main__":
    main()
