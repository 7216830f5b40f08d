"""Every kind of trouble on hosts has an input from a report, and two of our own at least."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


TESTS = Path(__file__).parents[1]
ROWS = re.findall(
    r"^\| (.+?) \| (`.+`) \|$", (TESTS / "hosts" / "README.md").read_text(), re.MULTILINE
)
KINDS = {kind: re.findall(r"`(.+?)`", named) for kind, named in ROWS}


@pytest.fixture(scope="module")
def collected() -> list[str]:
    """Give what pytest finds of the tests that are named, each input under one loop."""
    places = sorted({f"tests/{test}" for named in KINDS.values() for test in named})
    environment = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *places],
        cwd=TESTS.parent, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stdout  # one that is named is not there
    return [line for line in done.stdout.splitlines() if "[asyncio-debug" not in line]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_three_inputs(collected, kind):
    """The table names tests; an input is a case of one, or a test without cases."""
    starts = tuple(f"tests/{test}{end}" for test in KINDS[kind] for end in ("[", "::"))
    named = {f"tests/{test}" for test in KINDS[kind]}
    assert 3 <= sum(line in named or line.startswith(starts) for line in collected)
