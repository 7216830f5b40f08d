"""Memory that is kept out of swap devices."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from com1d.core.stream.ring import Ring
from com1d.loop.memory import Memory


LOCK = """
import mmap, resource
from com1d.loop.memory import lock

def shown(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key))

if {unlimited}:
    resource.getrlimit = lambda _what: (resource.RLIM_INFINITY,) * 2
before = shown("VmRSS")
locked = lock()
space = mmap.mmap(-1, 1 << 28)
print(locked, shown("VmLck") > 1 << 18, shown("VmRSS") - before < 1 << 14)
"""


CAP_IPC_LOCK = 1 << 14


def may_lock() -> bool:
    """Say whether we may lock more than our bound: those tests cannot lift it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (effective,) = (line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(effective, 16) & CAP_IPC_LOCK)


def said(*, unlimited: bool) -> str:
    """Lock a process that has a bound of 64 KiB, or takes itself for one that has none."""
    code = LOCK.format(unlimited=unlimited)
    command = ["prlimit", "--memlock=65536:65536", sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(not may_lock(), reason="locks more than a user may")
def test_memory_is_locked_as_it_is_touched():
    """All that is mapped is kept in RAM, and what is mapped and not touched costs none."""
    assert said(unlimited=True) == "True True True"


def test_a_bound_on_locked_memory_locks_none():
    """Allocations would fail at it."""
    assert said(unlimited=False) == "False False True"


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Allow this process no more descriptors than it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_no_descriptor_is_left_no_byte_is_lost():
    """The first byte was read already: it is kept in this process alone, which is said."""
    memory = Memory()
    ring = Ring(64, memory.allocate, 1000)
    with no_descriptor_left():
        ring.append(b"the first byte")

    assert (1000, 1014, b"the first byte") == (ring.start, ring.end, ring.read(1000, 64))
    assert -1 == memory.fd
    assert "its scrollback would not outlive com1d: Too many open files" == memory.trouble
    assert [2**64 - 1] == [*memory.cursor_of(7)]


def resident() -> int:
    """Give how many KiB of this process are in RAM."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def test_such_a_scrollback_costs_what_was_printed():
    """Thousands of consoles run out of descriptors together, and memory has to last."""
    rings = [Ring(1 << 20, Memory().allocate) for _ in range(100)]
    before = resident()
    with no_descriptor_left():
        for ring in rings:
            ring.append(b"a login prompt")

    assert resident() - before < 50 << 10, "all of it was touched, 100 MiB"
