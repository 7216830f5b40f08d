"""The linters are tests: pytest alone says whether a change is in order."""

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]

LONGEST_MODULE = 400
"""Lines. A module that needs more is about two things."""

LAYOUT = {
    *("README.md", "LICENSE", "pyproject.toml", "conf", "daemon", "systemd", "tests", "bench"),
    *(".git", ".gitignore", ".ci", ".github", ".changes"),
}
"""What may stand at the top, beside what git ignores."""


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("mypy",),
        ("lint-imports",),
    ],
    ids=" ".join,
)
def test_linter_is_content(command):
    """Each linter, with the settings in pyproject.toml, finds nothing."""
    program, *arguments = command
    whole = [Path(sys.executable).with_name(program), *arguments]
    assert subprocess.run(whole, cwd=ROOT, check=False).returncode == 0


def test_modules_are_short():
    """No module of the product is longer than the limit."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in ROOT.glob("daemon/**/*.py")
    }
    assert lengths
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_nothing_else_stands_at_the_top():
    """The checkout's top level holds the agreed entries and nothing else."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()]
    strange = {
        entry.name
        for entry in ROOT.iterdir()
        if entry.name not in LAYOUT and not any(fnmatch(entry.name, rule) for rule in ignored)
    }
    assert strange == set()
