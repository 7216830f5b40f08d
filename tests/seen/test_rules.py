"""Rules and alerts, by Prometheus' own checks, and what each must have."""

import subprocess
from pathlib import Path

import pytest
import yaml


ROOT = Path(__file__).parents[2]
CONF = ROOT / "conf" / "prometheus"


def promtool(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def rules(kind: str) -> list[dict]:
    """Give all rules of a kind: `record` or `alert`."""
    files = [yaml.safe_load(path.read_text()) for path in CONF.glob("com1d-*.yml")]
    every = [rule for file in files for group in file["groups"] for rule in group["rules"]]
    return [rule for rule in every if kind in rule]


def test_prometheus_takes_the_configuration():
    """The example with both files of rules, as its own check reads them."""
    code, said = promtool("check", "config", CONF / "prometheus.yml")

    assert 0 == code, said


def test_the_rules_do_what_they_should():
    """Prometheus' unit tests: when an alert fires, when it does not, when it ends."""
    code, said = promtool("test", "rules", Path(__file__).parent / "rules.test.yml")

    assert 0 == code, said


@pytest.mark.parametrize("rule", rules("alert"), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do(rule):
    """A name, how urgent it is, one sentence of what is the matter, and what to do first."""
    assert rule["alert"].startswith("Com1d")
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "runbook"}
    assert "$labels.instance" in rule["annotations"]["summary"]
    assert all("\n" not in text for text in rule["annotations"].values())
