"""What every test gets: both event loops, and the certainty that it left nothing behind.

Async tests run twice, under uvloop (what the daemon uses) and under asyncio in debug mode (which
notices more); the second time, in the folders of `USES_THE_LOOP`, in `.ci/run slow` alone. A test
marked `one_loop` runs under uvloop alone: its daemon is a process of its own, so the loop in here
changes nothing. `guest` implies it.
"""

import asyncio
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


IN_CI = os.environ.get("CI") == "true"

LOOPS = {
    "uvloop": ("asyncio", {"use_uvloop": True}),
    "asyncio-debug": ("asyncio", {"debug": True}),
}

USES_THE_LOOP = frozenset(
    {
        *("access", "api", "audit", "bootlog", "control", "daemon", "frontends", "gateway"),
        *("guest", "telemetry", "tools"),
    }
)
"""Folders whose code has the loop through `loop`, `line`, `ports` and `clients`: those are tested
under both in every run."""

BACKGROUND_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""What a shell, nohup or a supervisor may have ignored before it started the tests."""

SETTLE_SECONDS = 15.0
"""How long what a test has closed may take to be gone: threads and children end a little later, on
a busy machine by seconds. Only a test that fails waits so long."""

# The machine may be busy, so no example fails for being slow.
PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, **PATIENT)
settings.register_profile("ci", max_examples=150, print_blob=True, **PATIENT)
settings.register_profile("slow", max_examples=1000, print_blob=True, **PATIENT)  # by `.ci/run`
settings.load_profile("ci" if IN_CI else "dev")


def pytest_configure(config: pytest.Config) -> None:
    """Name our own mark, and open what libuv opens once for good: the pipe that carries signals."""
    uvloop.new_event_loop().close()
    config.addinivalue_line("markers", "one_loop: runs under uvloop only (the daemon is a process)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the event loops out to the async tests."""
    if "anyio_backend" in metafunc.fixturenames:
        one = any(metafunc.definition.get_closest_marker(name) for name in ("one_loop", "guest"))
        names = ["uvloop"] if one else list(LOOPS)
        rest = pytest.mark.slow if folder_of(metafunc.definition) in USES_THE_LOOP else ()
        loops = [
            pytest.param(LOOPS[name], id=name, marks=() if name == "uvloop" else rest)
            for name in names
        ]
        metafunc.parametrize("anyio_backend", loops, indirect=True)


def folder_of(item: pytest.Item) -> str:
    """Give the folder below `tests` that a test is in; empty for none."""
    below = item.path.parent.relative_to(Path(__file__).parent).parts
    return below[0] if below else ""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Watch the tasks of every async test. An autouse fixture cannot be async for these alone."""
    names = getattr(item, "fixturenames", [])
    if "anyio_backend" in names and "no_task_left" not in names:
        names.insert(names.index("nothing_left") + 1, "no_task_left")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the guests first: they are the slowest, and end up spread over the processes of xdist."""
    items.sort(key=lambda item: item.get_closest_marker("guest") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail skipped tests in CI."""
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail skipped modules in CI."""
    report = yield
    refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure in CI: a component that is missing there hides nothing."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        assert isinstance(report.longrepr, tuple)
        path, line, reason = report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{path}:{line}: skipped in CI, where every test has to run: {reason}"


@pytest.fixture(scope="module")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Give the event loop that `pytest_generate_tests` chose, in the words of anyio's plugin."""
    return request.param


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """Give a directory for sockets, in memory as /run is.

    Their paths hold 107 bytes, which `tmp_path` alone can fill; and on a disk each takes a
    millisecond to make.
    """
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    with tempfile.TemporaryDirectory(prefix="com1-", dir=place) as path:
        yield Path(path)


@pytest.fixture(scope="session", autouse=True)
def signals_reach_children() -> Iterator[None]:
    """Start what tests start with default signals, though the suite runs in the background.

    A shell ignores SIGINT and SIGQUIT for a job in the background, nohup SIGHUP, and a child would
    inherit that. A handler that does nothing ignores as well, and is not inherited.
    """
    ignored = [
        number for number in BACKGROUND_SIGNALS if signal.getsignal(number) is signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session", autouse=True)
def a_first_property() -> None:
    """Try a property while no daemon runs in this process.

    At the first one, Hypothesis asks the garbage collector who refers to its random numbers, and
    warns if nobody does. A daemon has the collector overlook all that is there
    (`loop/collector.py`).
    """
    holds = given(st.none())(lambda _: None)
    settings(max_examples=1, database=None)(holds)()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Fail a test that leaves a descriptor open or a child process behind."""
    files, children = open_files(), child_processes()

    def left() -> list[str]:
        fresh = [f"child process {pid}" for pid in sorted(child_processes() - children)]
        return fresh + [f"open {target}" for target in (open_files() - files).elements()]

    yield
    deadline = time.monotonic() + SETTLE_SECONDS
    while left() and time.monotonic() < deadline:
        time.sleep(0.01)  # the kernel announces neither
    fail_for(left())


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Fail a test that leaves an asyncio task running."""
    before = asyncio.all_tasks()
    yield
    if fresh := {task for task in asyncio.all_tasks() - before if not of_the_runner(task)}:
        _, pending = await asyncio.wait(fresh, timeout=SETTLE_SECONDS)
        fail_for(list(map(str, pending)))


def fail_for(left: list[str]) -> None:
    """Fail the test in one line that names what it left."""
    if left:
        pytest.fail(f"left behind: {', '.join(left)}", pytrace=False)


def of_the_runner(task: asyncio.Task[Any]) -> bool:
    """Tell whether anyio's plugin made the task, to run one test or fixture in."""
    return getattr(task.get_coro(), "__qualname__", "").startswith("TestRunner.")


def open_files() -> Counter[str]:
    """Count this process's open descriptors by what they refer to."""
    targets: Counter[str] = Counter()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that read the directory
            targets[str(descriptor.readlink()).removesuffix(" (deleted)")] += 1
    return targets


def child_processes() -> set[int]:
    """List this process's children by pid, dead ones that nobody waited for included."""
    pids: set[int] = set()
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile
            pids.update(map(int, (thread / "children").read_text().split()))
    return pids
