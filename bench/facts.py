"""What com1d relies on in QEMU, measured with the QEMU that is installed: `python bench/facts.py`.

For each kind of port: how many bytes a guest prints unread before it has to wait, and what a reset,
QEMU's exit and a reader that went away and returned do to the line. The guest is a boot sector that
writes 0 to 255 over and over, as fast as its UART takes them; so what is missing shows as a gap.
"""

import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flood import KINDS, LIMIT, QEMU, Opened


STILL: Final = 1.0
"""Seconds without another byte after which the guest waits: it writes one in microseconds."""

READ: Final = 1 << 16


@contextlib.contextmanager
def running(kind: str) -> Iterator[Opened]:
    with tempfile.TemporaryDirectory() as folder:
        vm, line, again = KINDS[kind](Path(folder))
        with vm:
            vm.ask("cont")
            yield vm, line, again


def unread(line: int) -> int:
    """Give how much waits in a line."""
    return struct.unpack("i", fcntl.ioctl(line, termios.FIONREAD, b"\0" * 4))[0]


def filled(line: int) -> None:
    """Wait until the guest waits: nothing more comes into the line, which nobody reads."""
    end = time.monotonic() + LIMIT
    seen, since = 0, time.monotonic()
    while not seen or time.monotonic() - since < STILL:
        assert time.monotonic() < end, "the guest does not come to a stop"
        if (now := unread(line)) != seen:
            seen, since = now, time.monotonic()
        time.sleep(0.01)


def take(line: int, wanted: int = sys.maxsize, patience: float = STILL) -> tuple[bytes, str]:
    """Read what comes, up to `wanted` bytes, until nothing does for so long; say how it ended."""
    taken = bytearray()
    os.set_blocking(line, False)
    while len(taken) < wanted:
        if not select.select([line], [], [], patience)[0]:
            return bytes(taken), "silence"
        try:
            data = os.read(line, READ)
        except OSError as error:
            return bytes(taken), error.strerror or "an error"
        if not data:
            return bytes(taken), "end of file"
        taken += data
    return bytes(taken), "more"


def gaps(data: bytes) -> Iterator[int]:
    """Give the places after which a byte is missing."""
    for place, (one, two) in enumerate(itertools.pairwise(data)):
        if (one + 1) & 255 != two:
            yield place


def whole(data: bytes) -> bool:
    """Say whether no byte is missing in between."""
    return not any(True for _ in gaps(data))


def margin(kind: str) -> str:
    """Count the bytes that a guest prints unread before it waits."""
    with running(kind) as (vm, line, _):
        filled(line)
        vm.ask("stop")
        data, _ = take(line)
        os.close(line)
        return f"{len(data)} bytes{'' if whole(data) else ', with gaps'}"


def reset(kind: str) -> str:
    """Say what a reset does to a line that is full."""
    with running(kind) as (vm, line, _):
        filled(line)
        vm.ask("system_reset")
        before = unread(line)
        data, end = take(line, before + 100_000, LIMIT)
        os.close(line)
        kept = "keeps what waits" if data[:before] and whole(data[:before]) else "drops what waits"
        return f"{kept}; then {'the next boot' if end == 'more' else end}"


def leaves(kind: str, number: int) -> str:
    """Give what is left to read when QEMU ends by a signal while the line is full."""
    with running(kind) as (vm, line, _):
        filled(line)
        vm.process.send_signal(number)
        vm.process.wait()
        data, end = take(line)
        os.close(line)
        return f"{len(data)} bytes; then {end}"


def ended(kind: str) -> str:
    """Give what is left to read when QEMU is told to end."""
    return leaves(kind, signal.SIGTERM)


def killed(kind: str) -> str:
    """Give what is left to read when QEMU is killed."""
    return leaves(kind, signal.SIGKILL)


def away(kind: str) -> str:
    """Say what a reader that comes back after 3 s finds, and how soon."""
    with running(kind) as (_, line, again):
        last = take(line, 10_000)[0][-1:]
        os.close(line)
        if not kind.startswith("listen"):
            time.sleep(3)
        began = time.monotonic()
        fresh = again()
        while not unread(fresh):
            time.sleep(0.001)
        waited = time.monotonic() - began
        data = take(fresh, 100_000)[0]
        os.close(fresh)
        seam = next(gaps(last + data), None)
        found = "no gap" if seam is None else f"gap after {seam} bytes"
        return f"{found}, first after {waited:.1f} s"


def held(kind: str) -> str:
    """Say how QEMU has the files of the line open."""
    with running(kind) as (vm, line, _):
        modes = {os.O_RDONLY: "reading", os.O_WRONLY: "writing", os.O_RDWR: "both"}
        files = [
            f"{Path(name).name} for {modes[flags & os.O_ACCMODE]}"
            for name, flags in sorted(vm.files().items())
            if "com1" in name or "ptmx" in name
        ]
        os.close(line)
        return ", ".join(files) or "a socket"


FACTS: Final = (margin, reset, ended, killed, away, held)


def main() -> None:
    """Print a table of Markdown, a line when it is known."""
    if shutil.which(QEMU) is None:
        sys.exit(f"{QEMU} is not installed (sh .ci/system tests)")
    version = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=True)
    print(f"{version.stdout.splitlines()[0]}\n")
    print("| kind |", " | ".join(fact.__name__ for fact in FACTS), "|")
    print("|---" * (len(FACTS) + 1) + "|")
    for kind in sys.argv[1:] or KINDS:
        try:
            print(f"| {kind} |", " | ".join(fact(kind) for fact in FACTS), "|", flush=True)
        except (json.JSONDecodeError, OSError) as error:
            print(f"| {kind} | this QEMU does not take it ({error}) |", flush=True)


if __name__ == "__main__":
    main()
