"""The table of commands against the interface in design.md 3.5, and its own examples."""

import shlex

import pytest

from com1d.frontends.arguments import parser
from com1d.frontends.catalogue import COMMANDS
from com1d.frontends.cli import function


EXAMPLES = [example for command in COMMANDS for example in command.examples]


def test_the_commands():
    """Every command of the interface is there."""
    assert [command.name for command in COMMANDS] == [
        "list", "top", "status", "connect", "open", "log", "boots", "replay", "say", "note", "send",
        "sac", "paste", "enable", "disable", "disconnect", "reload", "demo", "completion",
    ]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_parse(example):
    """What the help shows is what the parser takes."""
    command = example.rpartition("com1 ")[2].partition(" |")[0].partition(" >")[0]

    assert callable(function(parser().parse_args(shlex.split(command)).run))


SENDS = [("send", name) for name in ("nmi", "sysrq", "keys")]


@pytest.mark.parametrize("command", [(), *((command.name,) for command in COMMANDS), *SENDS])
def test_every_help_has_examples(capsys, monkeypatch, command):
    """--help explains itself with examples, and is folded to the terminal between words."""
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as caught:
        parser().parse_args([*command, "--help"])

    assert not caught.value.code
    shown = capsys.readouterr().out
    assert "\nexamples:\n  com1 " in shown or not command
    assert "\n  com1 " in shown
    assert shown.startswith(f"usage: {' '.join(('com1', *command))} ")
    assert "--socket PATH" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_overview_fits_on_a_screen(capsys):
    """Of 80 columns and 24 rows, where the prompt takes the last: examples, all commands, codes."""
    with pytest.raises(SystemExit):
        parser().parse_args(["--help"])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    for command in COMMANDS:
        assert any(f"  {command.name} " in line and command.brief in line for line in lines)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("connect a", {"name": "a", "observe": False, "no_preempt": False, "replay": None}),
        (
            "connect a --observe --no-preempt --replay 4096",
            {"observe": True, "no_preempt": True, "replay": "4096"},
        ),
        ("connect a --replay none", {"replay": "none"}),
        ("log a --boot -2 --raw", {"boot": -2, "raw": True, "since": None}),
        ("log a --from 7 --bytes 9 --tail 5", {"start": 7, "bytes": 9, "tail": 5, "grep": None}),
        ("enable", {"name": None, "verb": "enable"}),
        ("paste a --slow setup.sh", {"name": "a", "slow": True, "file": "setup.sh"}),
        ("connect --observe a --idle 2.5", {"name": "a", "idle": 2.5}),
        ("send nmi a", {"name": "a", "verb": "nmi"}),
        ("--json list", {"json": True}),
        ("list --json", {"json": True}),
        ("list", {"json": False}),
        ("--socket /x list", {"socket": "/x"}),
        ("list --socket /x", {"socket": "/x"}),
        ("demo", {"guest": "windows", "check": False, "kernel": None, "initrd": None}),
    ],
)
def test_options(line, expected):
    """Options reach the command under their names, with the defaults of the interface."""
    options = vars(parser().parse_args(line.split()))

    assert expected.items() <= options.items()


@pytest.mark.parametrize(
    ("word", "proposed"), [("conect", "did you mean connect?"), ("x", "there are list, top")]
)
def test_an_unknown_command_is_answered_with_the_nearest(capsys, word, proposed):
    """With all of them only where none is near."""
    with pytest.raises(SystemExit):
        parser().parse_args([word])

    assert f"there is no '{word}'; {proposed}" in capsys.readouterr().err
