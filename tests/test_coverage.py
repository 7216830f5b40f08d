"""What is pure is covered by its own tests, branches included; `.ci/run slow` measures the rest."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]

FLOORS = {"core": 97, "config": 98, "wire": 97, "errors": 98}
"""Percent of lines and branches, as it is today, rounded down. They only rise."""


@pytest.mark.timeout(600)
def test_pure_code_is_covered_by_its_own_tests(tmp_path: Path):
    """What tests/core, config and wire reach of their packages is not less than it was."""
    outer = ("COVERAGE_", "PYTEST_")  # of a run that is measured, or spread over processes, itself
    environment = {name: text for name, text in os.environ.items() if not name.startswith(outer)}
    environment["CI"] = ""  # few examples are enough
    own = [path for name in FLOORS if (path := ROOT / "tests" / name).is_dir()]
    coverage = [sys.executable, "-m", "coverage"]
    data = f"--data-file={tmp_path / 'data'}"
    options: list[str | Path] = ["-q", "-p", "no:cacheprovider", ROOT / "tests" / "test_errors.py"]
    commands: list[list[str | Path]] = [
        [*coverage, "run", data, "-m", "pytest", *options, *own],
        [*coverage, "combine", data, "--quiet", tmp_path],
        [*coverage, "json", data, "--fail-under=0", "-q", "-o", tmp_path / "report.json"],
    ]
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
    files = json.loads((tmp_path / "report.json").read_text())["files"]

    reached = {name: percent(files, name) for name in FLOORS}
    low = {name: share for name, share in reached.items() if share < FLOORS[name]}
    assert low == {}, missed(files, low)


def of(files: dict, name: str) -> dict[str, dict]:
    """Give the files of one package or module."""
    return {
        path: file
        for path, file in files.items()
        if path.startswith((f"daemon/com1d/{name}/", f"daemon/com1d/{name}.py"))
    }


def percent(files: dict, name: str) -> float:
    """Say how much of a package was reached."""
    sums = [file["summary"] for file in of(files, name).values()]
    there = sum(each["num_statements"] + each["num_branches"] for each in sums)
    reached = sum(each["covered_lines"] + each["covered_branches"] for each in sums)
    return 100 * reached / there


def missed(files: dict, low: dict[str, float]) -> str:
    """List what nothing reached, for whoever has to write a test."""
    lines = [f"{path}: {file['missing_lines']} {file['missing_branches']}"
        for name in low for path, file in of(files, name).items()
        if file["missing_lines"] or file["missing_branches"]]  # fmt: skip
    return "\n".join([f"reached in percent: {low}", *lines])
