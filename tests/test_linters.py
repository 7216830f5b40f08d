"""The linters are tests: pytest alone says whether a change is in order."""

import json
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml


ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

LONGEST_MODULE = 300
"""Lines. A module that needs more is about two things, or is on the list."""

LONG_MODULES = {
    "daemon/com1d/api/connection.py": "a connection's HTTP: one state machine of one protocol",
    "daemon/com1d/api/events.py": "one row of events, and how each subscriber goes along it",
    "daemon/com1d/bootlog/shelf.py": "writing, rotating and evicting are steps of one promise",
    "daemon/com1d/clients/client.py": "sending, receiving and ending of one socket, in one order",
    "daemon/com1d/clients/websocket.py": "one protocol: frames in, frames out, and half of one",
    "daemon/com1d/daemon/service.py": "where the parts of the daemon are put together",
    "daemon/com1d/errors.py": "a table: each error with its code, cause and remedy",
    "daemon/com1d/input/input.py": "everything that may write to a guest, in one order",
    "daemon/com1d/sessions/seating.py": "who is attached changes in one order, here alone",
    "daemon/com1d/tools/guest_args.py": "a table: each kind of port with its words for QEMU",
    "daemon/com1d/wire/events.py": "a table: each event with its members",
}
"""Modules that may be longer, and why. One that no longer is has to leave this list."""

LINTERS = ["ruff check", "ruff format --check", "mypy", "lint-imports", "vulture"]
"""Programs of .venv. `.ci/pre-commit.yaml` has the same."""

LAYOUT = {
    *("README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "uv.lock"),
    *("conf", "daemon", "systemd", "tests", "bench"),
    *(".git", ".gitignore", ".ci", ".github"),
}
"""What may stand at the top, beside what git ignores."""


@pytest.mark.parametrize("command", LINTERS)
def test_linter_is_content(command: str):
    """Each linter, with the settings in pyproject.toml, finds nothing."""
    program, *arguments = command.split()
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_the_same_linters_run_before_a_commit():
    """The hooks of pre-commit are these linters, from the same .venv."""
    hooks = yaml.safe_load((ROOT / ".ci" / "pre-commit.yaml").read_text())["repos"]

    assert [f".venv/bin/{command}" for command in LINTERS] == [
        hook["entry"] for repo in hooks for hook in repo["hooks"]
    ]


def test_who_looks_inside_is_on_a_list_that_only_shrinks():
    """A test file that may use the `_x` of another object does so; else it leaves the list."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    allowed = {path for path, codes in settings["per-file-ignores"].items() if "SLF001" in codes}
    found = subprocess.run(
        [BIN / "ruff", "check", "--isolated", "--select=SLF001", "--output-format=json", "tests"],
        cwd=ROOT, check=False, capture_output=True,
    )  # fmt: skip
    guilty = {
        str(Path(finding["filename"]).relative_to(ROOT)) for finding in json.loads(found.stdout)
    }

    assert guilty == allowed


def test_modules_are_short():
    """No module is longer than the limit, but those with a reason, which still holds."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for folder in ("daemon", "bench")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {path for path, lines in lengths.items() if lines > LONGEST_MODULE} == set(LONG_MODULES)


def test_nothing_else_stands_at_the_top():
    """The checkout's top level holds the agreed entries and nothing else."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()]
    strange = {
        entry.name
        for entry in ROOT.iterdir()
        if entry.name not in LAYOUT and not any(fnmatch(entry.name, rule) for rule in ignored)
    }
    assert strange == set()
