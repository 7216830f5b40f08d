"""The verbs: what each asks the daemon, and what it says."""

import json

import pytest

from com1d.errors import EX_OK
from frontends.asking import ask


@pytest.mark.parametrize(
    ("arguments", "request_line", "body", "said"),
    [
        ("send nmi a", "POST /v1/consoles/a/nmi", None, "NMI sent to a"),
        ("send reset a", "POST /v1/consoles/a/reset", None, "a is being reset"),
        ("send restart a", "POST /v1/consoles/a/restart", None, "a was restarted"),
        ("send break a", "POST /v1/consoles/a/break", None, "break sent to a"),
        (
            "send sysrq a REISUB",
            "POST /v1/consoles/a/sysrq",
            {"keys": "REISUB"},
            "SysRq REISUB sent to a",
        ),
        (
            "send keys a F8 Up",
            "POST /v1/consoles/a/keys",
            {"keys": ["F8", "Up"]},
            "F8 Up sent to a",
        ),
        (
            "send keys a Ctrl-Alt-Delete --keyboard",
            "POST /v1/consoles/a/keys",
            {"keys": ["Ctrl-Alt-Delete"], "on": "keyboard"},
            "Ctrl-Alt-Delete sent to the keyboard of a",
        ),
        (
            "disconnect a",
            "POST /v1/consoles/a/disconnect",
            None,
            "0 sessions closed at a",
        ),
        ("enable a", "POST /v1/consoles/a/enable", None, "a is enabled"),
        ("disable a", "POST /v1/consoles/a/disable", None, "a is disabled; 0 sessions closed"),
        ("enable", "POST /v1/enable", None, "this host is enabled"),
        ("enable --all", "POST /v1/enable", None, "this host is enabled"),
        ("disable --all", "POST /v1/disable", None, "this host is disabled; 0 sessions closed"),
        ("send nmi a/b%", "POST /v1/consoles/a%2Fb%25/nmi", None, "NMI sent to a/b%"),
    ],
)
def test_actions(run_dir, capsys, arguments, request_line, body, said):
    """Each action is one POST, and one line says that it is done."""
    assert ask(run_dir, *arguments.split()) == (EX_OK, request_line, body)
    assert capsys.readouterr().out == f"{said}\n"


def test_actions_for_programs(run_dir, capsys):
    """With --json the daemon's answer is the output, wherever the option stands."""
    for arguments in (("--json", "disconnect", "a"), ("disconnect", "a", "--json")):
        ask(run_dir, *arguments, answer=b'{"disconnected": 2}')
        (run_dir / "s").unlink()

        assert json.loads(capsys.readouterr().out) == {"disconnected": 2}
