"""Facts as log lines."""

import io
import json
import os
import re
import signal

import pytest

from com1d.telemetry import facts, log
from com1d.telemetry.journal import Journal
from com1d.telemetry.log import BURST, SECONDS_A_LINE, Log
from house import running


WENT_DOWN = facts.PortWentDown("web01", "pipe:/p", "gone", 3)


def written(stream: io.StringIO) -> list[dict]:
    """Give the lines: one JSON object each."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_fact_is_one_json_line():
    """Where stderr is no terminal, a fact is one JSON object with its keys, level and time."""
    stream = io.StringIO()
    Log(stream).tell(WENT_DOWN)

    (line,) = written(stream)
    assert "timestamp" in line
    assert {
        "event": "port.went_down", "level": "warning", "console": "web01", "port": "pipe:/p",
        "reason": "gone", "discarded": 3,
    }.items() <= line.items()  # fmt: skip


def test_the_journal_gets_the_level(tmp_path):
    """Where its socket takes nothing, by the prefix of sd-daemon(3), which the journal removes."""
    stream = io.StringIO()
    Log(stream, journal=Journal(tmp_path / "nobody")).tell(WENT_DOWN)

    assert stream.getvalue().startswith('<4>{"')


def kinds() -> list[type[facts.Fact]]:
    every = [kind for kind in vars(facts).values() if isinstance(kind, type)]
    return [kind for kind in every if issubclass(kind, facts.Fact) and "event" in vars(kind)]


def test_every_fact_names_its_event():
    """Events are a noun and a verb, and no two facts share one."""
    names = [kind.event for kind in kinds()]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)?", name) for name in names)


def test_what_guests_and_users_say_is_not_in_the_log():
    """Evidence and the output of programs are in the events of those who may see the console."""
    stream, said = io.StringIO(), "what the guest said"
    for fact in (
        facts.GuestChanged("web01", "shell", said),
        facts.GuestNoticed("web01", "oops", said, 1, 0),
        facts.HookSaid("web01", "/bin/x", said),
    ):
        Log(stream).tell(fact)
        assert said in fact.fields().values()

    assert 3 == len(written(stream))
    assert said not in stream.getvalue()


def test_a_level_is_a_threshold():
    """What is less urgent is not written; the level can change at any time."""
    stream = io.StringIO()
    told = Log(stream)
    told.level = "warning"
    assert told.tell(facts.PortCameUp("web01", "pipe:/p"))
    assert told.tell(WENT_DOWN)
    told.level = "info"
    told.tell(facts.PortCameUp("web01", "pipe:/p"))

    assert ["port.went_down", "port.came_up"] == [line["event"] for line in written(stream)]


def test_too_many_lines_become_a_number():
    """Each event has a limit of its own; what is over it is told with the next line, or alone."""
    stream, now = io.StringIO(), [0.0]
    told = Log(stream, lambda: now[0])
    passed = [told.tell(WENT_DOWN) for _ in range(BURST + 5)]
    assert [True] * BURST + [False] * 5 == passed
    assert told.tell(facts.PortCameUp("web01", "pipe:/p"))

    now[0] = SECONDS_A_LINE * 1.5
    told.tell(WENT_DOWN)
    assert 5 == written(stream)[-1]["suppressed"]
    told.tell(WENT_DOWN)
    told.tell_suppressed()
    told.tell_suppressed()

    *_, before, last = written(stream)
    assert "port.went_down" == before["event"]
    assert {"event": "log.suppressed", "of": "port.went_down", "count": 1}.items() <= last.items()


async def test_a_reload_changes_the_level(run_dir):
    """`log_level` holds from the reload on."""
    async with running(run_dir, "a", host={"log_level": "error"}) as house:
        assert "error" == house.service.chronicle.log.level
        (run_dir / "com1d.toml").write_text(
            f'[daemon]\nruntime_dir = "{run_dir}/run"\nstate_dir = "{run_dir}/state"\n'
            f'log_dir = "{run_dir}/log"\nmetrics = ""\nlog_level = "warning"\n'
        )
        os.kill(os.getpid(), signal.SIGHUP)
        await house.until(lambda: "warning" == house.service.chronicle.log.level)


@pytest.mark.parametrize(
    "name", ["\x1b]0;EVIL\x07", "\x9b31m", "a\u202eb", "a\nb", "\x7f", "\ud800"]
)
def test_what_does_not_print_is_escaped(name: str):
    """Wherever it is in a fact: the log commands no terminal, and is one line."""
    event = {"event": name, "list": [name, 1], "tuple": (name,), "details": {name: name}}

    assert str(log.printable(event)).isprintable()
    assert log.as_json(event).isprintable()
