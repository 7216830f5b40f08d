"""An afternoon of upgrades and restarts at once, under a real systemd, with everybody at work.

The figures are printed: `pytest -s -m slow tests/hosts/test_soak.py`.
"""

import json
import sys
from pathlib import Path
from statistics import median

import pytest

from guests.qemu import boot_files
from hosts.nspawn import Machine, can_run


HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn"),
]

SLACK = {"memory_kib": 1.1, "descriptors": 1.02, "stored": 1.02}
"""By how much the last rounds may have more than the first: a request or two that is under way."""


def soak(folder: Path, seconds: int, **plan: object) -> dict:
    """Run the soak in a machine; print and give its figures."""
    machine = Machine(folder)
    machine.options.append(f"--bind={boot_files()[0].parent}")
    (machine.out / "plan.json").write_text(json.dumps(plan))
    machine.run(HERE / "soak" / "inside.py", seconds=seconds)
    figures = json.loads((machine.out / "figures.json").read_text())
    sys.stdout.write(told(figures))
    return figures


def told(figures: dict) -> str:
    """Give a table of what was measured."""
    lines = [json.dumps(figures["counts"])]
    for kind in dict.fromkeys(one["kind"] for one in figures["rounds"]):
        rounds = [one for one in figures["rounds"] if one["kind"] == kind]
        for what in [key for key in rounds[0] if key != "kind"]:
            values = sorted(one[what] for one in rounds)
            lines.append(f"{kind} {what}: {values[0]} to {values[-1]}, median {median(values)}")
    return "\n".join([*lines, ""])


@pytest.mark.timeout(900)
def test_nobody_notices_twenty_upgrades_and_twenty_restarts(tmp_path):
    """No byte is lost, doubled or out of order; nobody is disconnected; nothing grows."""
    cache = boot_files()[0].parents[2]
    figures = soak(
        tmp_path, 800, consoles=50, rounds={"upgrade": 20, "restart": 20}, cache=str(cache)
    )
    rounds, counts = figures["rounds"], figures["counts"]
    first, last = rounds[:5], rounds[-5:]

    assert [] == figures["faults"]
    assert 40 == len(rounds)
    assert min(counts["pastes"], counts["pressed"]) > 0
    for what, most in SLACK.items():
        before, after = (median(one[what] for one in some) for some in (first, last))
        assert after <= most * before, what


@pytest.mark.timeout(900)
def test_a_thousand_consoles_go_over(tmp_path):
    """With a client each, fifty of them busy."""
    figures = soak(tmp_path, 600, consoles=1000, rounds={"upgrade": 1, "restart": 1}, seldom=950)

    assert [] == figures["faults"]
    assert 2 == len(figures["rounds"])
