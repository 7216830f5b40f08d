"""`com1 sac`: what each asks the daemon, and what it makes of the answer."""

import json

import pytest

from com1d.errors import EX_OK, EX_USAGE
from com1d.frontends.cli import main
from frontends.asking import ask


CHANNELS = {
    "channels": [
        {"number": 0, "name": "SAC", "active": True, "raw": False},
        {"number": 1, "name": "Cmd\x1b1", "active": False, "raw": True},
    ]
}


@pytest.mark.parametrize(
    ("arguments", "body", "answer", "said"),
    [
        ("cmd a", {"do": "cmd"}, {"channel": "Cmd0001"}, "a: Cmd0001 is open and asks for a user"),
        ("next a", {"do": "next"}, {"channel": "Cmd0001"},
         "a: Cmd0001 is next; a key shows it, ESC TAB 0 goes back to SAC"),
        ("switch a Cmd0001", {"do": "switch", "channel": "Cmd0001"}, {"channel": "Cmd0001"},
         "a: Cmd0001 is on the screen"),
        ("close a Cmd0001", {"do": "close", "channel": "Cmd0001"}, {"closed": "Cmd0001"},
         "a: Cmd0001 is closed"),
    ],
)  # fmt: skip
def test_one_line_says_that_it_is_done(run_dir, capsys, arguments, body, answer, said):
    """Each is one POST; with --json the daemon's answer is the output."""
    asked = ask(run_dir, "sac", *arguments.split(), answer=json.dumps(answer).encode())
    assert (EX_OK, "POST /v1/consoles/a/sac", body) == asked
    assert f"{said}\n" == capsys.readouterr().out
    (run_dir / "s").unlink()
    ask(run_dir, "sac", *arguments.split(), "--json", answer=json.dumps(answer).encode())
    assert answer == json.loads(capsys.readouterr().out)


def test_channels_come_as_a_table(run_dir, capsys):
    """Safe to print; as JSON on request."""
    answer = json.dumps(CHANNELS).encode()
    assert {"do": "channels"} == ask(run_dir, "sac", "channels", "a", answer=answer)[2]
    assert [
        ["CHANNEL", "NAME", "STATUS", "TYPE"],
        ["0", "SAC", "active", "vt-utf8"],
        ["1", "Cmd\\x1b1", "inactive", "raw"],
    ] == [line.split() for line in capsys.readouterr().out.splitlines()]
    (run_dir / "s").unlink()
    ask(run_dir, "sac", "channels", "a", "--json", answer=answer)
    assert CHANNELS == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("arguments", ["", "restart a", "close a", "cmd", "cmd a b"])
def test_wrong_usage(arguments):
    """A channel is closed and shown by name; nothing else is offered."""
    with pytest.raises(SystemExit) as caught:
        main(["sac", *arguments.split()])
    assert EX_USAGE == caught.value.code
