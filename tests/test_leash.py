"""No daemon outlives its test, whatever becomes of the test."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.handover.process import pipe, serving
from house import PATIENCE
from leash import MARK, Leash, marked


LEAVES = """
import subprocess, sys, time
from leash import Leash
leash = Leash()
started = subprocess.Popen(["sleep", "1000"], env=leash.environment)
print(started.pid, flush=True)
time.sleep(1000)
"""


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for yet has no command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


@pytest.mark.one_loop
async def test_a_failing_test_leaves_no_daemon(run_dir):
    """Neither the one that it started nor the one that has taken over from that."""
    (run_dir / "guests").mkdir()

    async def fails() -> None:
        async with serving(run_dir, pipe(run_dir, "web01")) as daemon:
            assert 200 == (await daemon.upgrade()).status
            pids.extend([daemon.first.pid, daemon.pid])
            raise LookupError

    pids: list[int] = []
    with pytest.raises(LookupError):
        await fails()

    assert 2 == len(set(pids))
    assert [] == [pid for pid in pids if lives(pid)]


@pytest.mark.one_loop
async def test_tests_that_are_killed_leave_nothing():
    """Whoever waits for their end then ends what they have started."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    tests = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LEAVES, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert tests.stdout is not None
    left = os.pidfd_open(int(await tests.stdout.readline()))
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(left, gone.set)
    tests.send_signal(signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        await gone.wait()
    asyncio.get_running_loop().remove_reader(left)
    os.close(left)
    await tests.communicate()


def test_a_mark_is_of_one_test():
    """The end of one ends nothing of another."""
    one, other = Leash(), Leash()
    started = [
        leash.hold(subprocess.Popen(["sleep", "1000"], env=leash.environment))
        for leash in (one, other)
    ]
    one.end()
    assert [None] == [each.poll() for each in started if each.returncode is None]
    other.end()

    assert [-signal.SIGKILL] * 2 == [each.returncode for each in started]
    assert [] == marked(other.environment[MARK])
