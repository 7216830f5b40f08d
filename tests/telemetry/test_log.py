"""Facts as log lines."""

import json

import pytest
import structlog

from com1d.telemetry import facts, log


def test_a_fact_is_one_json_line(capsys):
    """Where stderr is no terminal, a fact is one JSON object with its keys, level and time."""
    log.configure()
    try:
        log.log(facts.PortWentDown("web01", "pipe:/p", "gone", 3))
    finally:
        structlog.reset_defaults()

    line = json.loads(capsys.readouterr().err)

    assert "timestamp" in line
    assert {
        "event": "port.went_down", "level": "warning", "console": "web01", "port": "pipe:/p",
        "reason": "gone", "discarded": 3,
    }.items() <= line.items()  # fmt: skip


def test_every_fact_names_its_event():
    """Events are a noun and a verb, and no two facts share one."""
    kinds = [kind for kind in vars(facts).values() if isinstance(kind, type)]
    names = [kind.event for kind in kinds if issubclass(kind, facts.Fact) and "event" in vars(kind)]

    assert len(set(names)) == len(names)
    assert all(1 == name.count(".") for name in names)


@pytest.mark.parametrize(
    "name", ["\x1b]0;EVIL\x07", "\x9b31m", "a\u202eb", "a\nb", "\x7f", "\ud800"]
)
def test_what_does_not_print_is_escaped_on_a_terminal(name: str):
    """Wherever it is in a fact: the log of a daemon on a terminal commands nothing."""
    event = {"event": name, "list": [name, 1], "tuple": (name,), "details": {name: name}}

    shown = str(log.printable(None, "info", event)["event"])
    inner = str(log.printable(None, "info", event))

    assert shown.isprintable()
    assert inner.isprintable()
    assert "EVIL" not in name or "EVIL" in shown


def test_a_traceback_keeps_its_lines_on_a_terminal():
    """Only they may break lines."""
    event = log.printable(None, "error", {"event": "a\nb", "exception": "one\ntwo\x1b"})

    assert {"event": "a\\nb", "exception": "one\ntwo\\x1b"} == event
