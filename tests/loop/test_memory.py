"""Memory that is kept out of swap devices."""

import subprocess
import sys
from pathlib import Path

import pytest


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
