"""For every kind of what guests and attackers found there are tests with inputs of it."""

import re
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import pytest


ENOUGH = 2
"""Inputs of a kind, beside the one that it was found by."""

_ROW = re.compile(
    r"^\| (?P<found>F?\d+) \| (?P<kind>[^|]+) \| [^|]+ \| (?P<tests>[^|]+) \|$", re.MULTILINE
)
README = Path(__file__).with_name("README.md")
ROWS = [match.groupdict() for match in _ROW.finditer(README.read_text())]

GUESTS = (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 30, 32, 34, 35, 36, 38, 40, 41)
ATTACKERS = range(1, 21)


def test_every_finding_has_a_row():
    """Those of guests and terminals, and those of attackers."""
    found = {f"{number:02}" for number in GUESTS} | {f"F{number}" for number in ATTACKERS}
    assert found == {row["found"] for row in ROWS}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["kind"]) for row in ROWS])
def test_every_kind_is_kept_by_inputs_of_its_own(row: dict[str, str]):
    """The tests exist, and have enough inputs."""
    tests = re.findall(r"`([\w/]+)\.py::(test_\w+)`", row["tests"])
    found = [getattr(import_module(file.replace("/", ".")), name) for file, name in tests]

    assert len(found) == row["tests"].count("::")
    assert sum(map(inputs, found)) >= ENOUGH


def inputs(test: Any) -> int:
    """Count the inputs of a test; those that Hypothesis makes are many."""
    if hasattr(test, "hypothesis"):
        return ENOUGH
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return prod(len(mark.args[1]) for mark in marks)
