"""Every fuzz target, for some seconds each; `run.py` runs them for longer."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.targets import NAMES


RUNS = 4000
"""Inputs: enough to leave the seeds behind."""

FEWER_RUNS = 1000
SLOW = {"echo", "guest", "operations", "steps", "websocket"}
"""Targets whose inputs take milliseconds: a whole guest, a whole daemon, or every line counted."""


def fuzz(folder: Path, target: str, runs: int) -> subprocess.CompletedProcess[str]:
    """Run a target in a process of its own, with the same random numbers each time."""
    command: list[str | Path] = [sys.executable, Path(__file__).with_name("run.py"), target]
    command += ["--runs", str(runs), "--seed", "1", "--folder", folder]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("target", NAMES)
def test_nothing_is_found(run_dir, target: str):
    """From the seeds on, guided by coverage: every input was run, and none is a finding."""
    runs = FEWER_RUNS if target in SLOW else RUNS
    done = fuzz(run_dir, target, runs)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert [str(runs)] == re.findall(r"^Done (\d+) runs in ", done.stderr, re.MULTILINE)


def test_what_is_there_to_find_is_found(run_dir):
    """Four bytes that only coverage leads to: the run fails, with a traceback and the input."""
    done = fuzz(run_dir, "needle", 1_000_000)

    assert 0 != done.returncode
    assert "AssertionError" in done.stdout
    [found] = run_dir.glob("crash-*")
    assert found.read_bytes().startswith(b"SAC>")
