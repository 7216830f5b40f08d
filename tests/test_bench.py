"""The benchmark's verdicts: what a run of several rounds says of a goal."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


BENCH = Path(__file__).parents[1] / "bench"

SCRIPT = """
import json, sys
from goals import judge
from results import Results, Row, merge
from workloads import Case
case = Case("pty", 65, "64 pty", logs=True)
rounds = [
    Results([Row("W8", case, "com1d", {"p99": value} if value else {}, "" if value else "it died")])
    for value in json.loads(sys.argv[1])
]
row = merge(rounds).rows[0]
goals = [[goal.workload, goal.value, goal.verdict] for goal in judge(rounds)]
print(json.dumps({"goals": goals, "median": row.figures["p99"], "spread": row.spread["p99"]}))
"""


def rounds(*p99: float | None) -> Any:
    """Give what bench makes of rounds with these figures, None being a failure.

    In a process of its own: bench is no package, and its modules have names of ours.
    """
    argv = [sys.executable, "-c", SCRIPT, json.dumps(p99)]
    done = subprocess.run(argv, cwd=BENCH, capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("p99", "verdict"), [((2, 9), "met"), ((11, 12), "missed"), ((9, 11), "undecided")]
)
def test_a_goal_is_decided_where_all_rounds_agree(p99: tuple[int, int], verdict: str):
    """On a noisy machine two rounds may differ, and then nothing is claimed."""
    assert [["W8", sum(p99) / 2, verdict]] == rounds(*p99)["goals"]


def test_the_median_of_rounds_has_its_spread():
    """A round in which a subject failed counts for nothing."""
    found = rounds(3.0, 1.0, 8.0, None)

    assert (3.0, [1.0, 8.0]) == (found["median"], found["spread"])


def test_goals_of_one_name_are_each_their_own():
    """CPU per megabyte is held against the best peer, and, with another limit, the floor."""
    script = """
import json
from goals import judge
from results import FLOOR, Results, Row
from workloads import Case
case = Case("pty", 16, "16 pty", logs=False)
cpu = {"com1d": 2.0, FLOOR: 1.0, "conserver": 10.0}
rounds = [Results([Row("W1", case, name, {"cpu_per_mb": value}) for name, value in cpu.items()])]
print(json.dumps([[each.against, each.value] for each in judge(rounds * 2) if each.against]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=BENCH, capture_output=True, check=True
    )
    assert [["conserver", 0.2], ["floor", 2.0]] == json.loads(done.stdout)
