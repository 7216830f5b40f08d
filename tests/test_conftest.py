"""The safety net under the other tests catches what it is there to catch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]

SETTLE = "SETTLE_SECONDS = 15.0"
"""What a test that leaves something behind waits for; here it does so on purpose."""


@pytest.fixture
def run_tests(tmp_path):
    """Run pytest on the given source, with the project's settings and conftest; give its output."""

    def run(
        source: str,
        expected_exit: int,
        *arguments: str,
        under: tuple[str, ...] = (),
        **environment: str,
    ) -> str:
        net = (ROOT / "tests" / "conftest.py").read_text()
        assert SETTLE in net
        (tmp_path / "conftest.py").write_text(net.replace(SETTLE, "SETTLE_SECONDS = 2.0"))
        (tmp_path / "test_sample.py").write_text(source)
        settings = ["-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-p", "no:cacheprovider"]
        command = [
            *under,
            sys.executable,
            "-m",
            "pytest",
            *settings,
            tmp_path / "test_sample.py",
            *arguments,
        ]
        environment = {**os.environ, "CI": "", **environment}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        output = done.stdout + done.stderr
        assert (expected_exit, output) == (done.returncode, output)
        return output

    return run


def test_async_tests_run_under_both_loops(run_tests):
    """An async test runs under uvloop and debug asyncio; marked `one_loop`, under uvloop alone."""
    source = """
import asyncio, pytest
async def test_both():
    loop = asyncio.get_running_loop()
    print("both", type(loop).__module__.split(".")[0], loop.get_debug())
@pytest.mark.one_loop
async def test_one():
    print("one", type(asyncio.get_running_loop()).__module__.split(".")[0])
"""
    said = run_tests(source, 0, "-s")
    assert (said.count("both uvloop False"), said.count("both asyncio True")) == (1, 1)
    assert (said.count("one uvloop"), said.count("one asyncio")) == (1, 0)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("kept.append(asyncio.get_running_loop().create_task(asyncio.sleep(60)))", "<Task pending"),
        ("kept.append(os.open('/dev/zero', os.O_RDONLY))", "open /dev/zero"),
        ("kept.append(subprocess.Popen(['sleep', '60']))", "child process"),
    ],
)
def test_what_a_test_leaves_behind_fails_it(run_tests, body, complaint):
    """A task, a descriptor or a child process that outlives its test is an error, and is named."""
    source = f"""
import asyncio, os, pytest, subprocess
kept = []
@pytest.fixture(scope="module", autouse=True)
def end():
    yield
    for child in kept:
        if isinstance(child, subprocess.Popen):
            child.kill()
            child.wait()
@pytest.mark.one_loop
async def test_leaves_something():
    {body}
"""
    said = run_tests(source, 1)
    assert complaint in said
    assert "1 passed, 1 error" in said


def test_what_a_test_cleans_up_is_no_error(run_tests):
    """Tasks, descriptors and children that end with the test, even a little late, are in order."""
    source = """
import asyncio, os, subprocess, threading, time
async def test_cleans_up():
    task = asyncio.get_running_loop().create_task(asyncio.sleep(60))
    task.cancel()
    descriptor = os.open("/dev/zero", os.O_RDONLY)
    threading.Timer(0.05, os.close, [descriptor]).start()
    await (await asyncio.create_subprocess_exec("true")).wait()
"""
    assert "2 passed" in run_tests(source, 0)


REFUSAL = "skipped in CI, where every test has to run"
SKIPS = """
import pytest
@pytest.mark.skip(reason="no QEMU")
def test_marked(): pass
def test_called(): pytest.skip("no QEMU")
@pytest.mark.xfail
def test_fails_as_expected(): assert False
"""


def test_a_skip_fails_in_ci(run_tests):
    """In CI every skipped test fails, named with its reason; an expected failure stays one."""
    assert "2 skipped, 1 xfailed" in run_tests(SKIPS, 0)
    said = run_tests(SKIPS, 1, "-n", "1", CI="true")
    assert "1 failed, 1 xfailed, 1 error" in said
    assert said.count(f"{REFUSAL}: Skipped: no QEMU") >= 2


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_skipped_module_fails_in_ci(run_tests, workers):
    """In CI a module that skips itself as a whole fails the run too."""
    source = "import pytest\npytest.skip('no QEMU', allow_module_level=True)\n"
    exit_code = {"0": pytest.ExitCode.INTERRUPTED, "1": pytest.ExitCode.TESTS_FAILED}[workers]
    said = run_tests(source, exit_code, "-n", workers, CI="true")
    assert f"{REFUSAL}: Skipped: no QEMU" in said


IN_THE_BACKGROUND = ("sh", "-c", "trap '' HUP INT QUIT TERM; exec \"$@\"", "sh")
"""Starts a command as a shell starts a job in the background, and more so."""


def test_signals_that_are_ignored_end_children_all_the_same(run_tests):
    """The suite runs in the background, too: a child ends at a signal that the suite ignores."""
    source = """
import os, pytest, signal, subprocess
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_child(number):
    os.kill(os.getpid(), number)
    with subprocess.Popen(["sleep", "60"]) as child:
        child.send_signal(number)
        assert child.wait() == -number
"""
    run_tests(source, 0, under=IN_THE_BACKGROUND)


def test_a_property_comes_first_beside_a_daemon(run_tests):
    """A property is in order though it is the first, and the collector spares all there is."""
    source = """
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from com1d.loop.collector import sparing
@pytest.fixture
def spared():
    with sparing():
        yield
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers())
def test_holds(spared, number):
    pass
"""
    run_tests(source, 0, CI="true")
