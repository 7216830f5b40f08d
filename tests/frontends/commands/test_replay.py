"""`com1 replay` with a real daemon: played at a terminal, and written for asciinema."""

import json
import time

import pytest

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from com1d.frontends.terminal.player import CLEAR
from frontends.harness import Terminal, until


@pytest.fixture
def film(daemon, guest):
    """Have a guest print one thing, and after a while another."""

    def printed() -> bytes:
        return daemon.run("log", guest.name).stdout

    guest.says(b"\x1b[1mfirst\x1b[m\r\n")
    until(lambda: printed() == b"first\n", "the beginning")
    guest.says("s\u00e4cond\r\n".encode())
    until(lambda: b"cond" in printed(), "the end")
    return guest.name


def test_it_is_played_and_can_be_stopped_and_set(daemon, film):
    """The pause between the two takes minutes at this speed, unless one goes ahead."""
    second = "s\u00e4cond".encode()
    with Terminal("--socket", daemon.socket, "replay", film, "--speed", "0.001") as terminal:
        terminal.shows(b"first")
        terminal.type(b" ")
        terminal.shows(b"[com1: paused at 0:00 of ")
        terminal.type(b" ")
        assert b"paused" not in terminal.shows(b"first")
        terminal.type(b"\x1b[C")
        assert b"first" not in terminal.shows(second)
        terminal.type(b"\x1b[D")
        again = terminal.shows(b"first")
        assert CLEAR in again
        assert second not in again
        terminal.type(b"\x1b[C")
        terminal.shows(second)
        terminal.shows(b"[com1: the end; Left goes back, q leaves]")
        terminal.type(b"q")
        assert EX_OK == terminal.ends()
        assert terminal.before == terminal.attributes()


def test_a_cast(daemon, film, tmp_path):
    """It begins when the boot did, has all that was printed, and times that never go back."""
    target = tmp_path / "boot.cast"
    done = daemon.run("replay", film, "--cast", str(target))
    head, *events = map(json.loads, target.read_text().splitlines())

    assert EX_OK == done.returncode, done.stderr
    assert f"s of {film} written to {target}" in done.stdout.decode()
    assert 2 == head["version"]
    assert abs(head["timestamp"] - time.time()) < 3600
    assert "\x1b[1mfirst\x1b[m\r\ns\u00e4cond\r\n" == "".join(text for _, _, text in events)
    assert {"o"} == {kind for _, kind, _ in events}
    assert sorted(at for at, _, _ in events) == [at for at, _, _ in events]


def test_what_cannot_be_played(daemon, guest, film):
    """Without a terminal there is no film, and what printed nothing is none."""
    played = daemon.run("replay", film)
    silent = daemon.run("replay", daemon.unused[-1])

    assert EX_USAGE == played.returncode
    assert b"A film needs a terminal" in played.stderr
    assert EX_FAILURE == silent.returncode
    assert b"has printed nothing in that boot" in silent.stderr
