"""`com1 send keys --hold`: what it asks, what it shows, and how it ends."""

import json

import pytest

from com1d.errors import EX_FAILURE, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE, EX_USAGE
from com1d.frontends.cli import main
from frontends.double import answering, response
from frontends.harness import Terminal, until


F8 = b"\x1b[19~"


def hold(run_dir, pressed: int, ended: str, *options: str):
    """Hold F8 on `a` against one answer; give the exit code and what was asked."""
    answer = json.dumps({"pressed": pressed, "until": ended}).encode()
    with answering(run_dir / "s", response(answer)) as heard:
        code = main(["--socket", str(run_dir / "s"), "send", "keys", "a", "F8", "--hold", *options])
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/consoles/a/keys ")
    return code, json.loads(body)


def test_a_guest_that_changes_is_what_was_wanted(run_dir, capsys):
    """One line says how often it was pressed and what the guest does now."""
    assert (EX_OK, {"keys": ["F8"], "hold": True}) == hold(run_dir, 12, "boot-menu")
    said = "F8 pressed 12 times on a, until the guest's state was boot-menu\n"
    assert (said, "") == capsys.readouterr()


@pytest.mark.parametrize(
    ("ended", "code", "said"),
    [
        ("timeout", EX_FAILURE, "but the guest's state did not change"),
        ("preempted", EX_TEMPFAIL, "then somebody else took the console over"),
        ("port-down", EX_UNAVAILABLE, "then the port went down"),
        ("cancelled", EX_FAILURE, "then it was cancelled"),
    ],
)
def test_any_other_end_is_a_failure(run_dir, capsys, ended: str, code: int, said: str):
    """It has its exit code and one line on stderr, with what to do."""
    assert code == hold(run_dir, 200, ended)[0]
    wanted = f"com1: {ended}: F8 pressed 200 times on a, {said}. `com1 status a` shows"
    out, err = capsys.readouterr()
    assert ("", 1) == (out, err.count("\n"))
    assert err.startswith(wanted)


def test_for_programs(run_dir, capsys):
    """With --json it is the daemon's answer, and the exit code is the same."""
    assert EX_FAILURE == hold(run_dir, 200, "timeout", "--json")[0]
    assert {"pressed": 200, "until": "timeout"} == json.loads(capsys.readouterr().out)


def test_a_screen_keyboard_holds_nothing(capsys):
    """The two options exclude each other."""
    with pytest.raises(SystemExit, match=str(EX_USAGE)):
        main(["send", "keys", "a", "F8", "--hold", "--keyboard"])
    assert "not allowed with" in capsys.readouterr().err


def test_a_terminal_shows_that_it_goes_on(daemon, guest):
    """Until the guest gets somewhere there is a spinner, and then the line alone."""
    with Terminal("--socket", daemon.socket, "send", "keys", guest.name, "F8", "--hold") as com1:
        com1.shows(f"holding F8 on {guest.name}, Ctrl-C stops it".encode())
        guest.gets(F8)
        guest.says(b"\r\nweb01 login: ")

        com1.shows(b"until the guest's state was login")
        assert EX_OK == com1.ends()
    guest.takes_all()


def test_ctrl_c_ends_it_at_the_daemon_too(daemon, guest):
    """Who gives up leaves nothing pressed: the line is free for a paste."""
    with Terminal("--socket", daemon.socket, "send", "keys", guest.name, "F8", "--hold") as com1:
        com1.shows(b"holding F8")
        guest.gets(F8)
        com1.type(b"\x03")

        assert 130 == com1.ends()
    until(lambda: daemon.run("paste", guest.name, input=b"x").returncode == EX_OK, "the line")
    guest.takes_all()
