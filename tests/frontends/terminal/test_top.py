"""`com1 top` at a real terminal, on a real daemon, with the test as the guest."""

import json
import re
import signal

import pytest

from com1d.errors import EX_OK, EX_USAGE
from frontends.harness import Terminal


def at_top(daemon, *arguments: str, **keywords) -> Terminal:
    """Give a terminal that shows the table."""
    terminal = Terminal("--socket", daemon.socket, "top", *arguments, **keywords)
    terminal.shows(b"com1d: 40 consoles")
    return terminal


def test_one_key_opens_a_console_and_the_table_comes_back(daemon, guest):
    """Enter types at the console that is chosen; after its end the filter is as it was."""
    with at_top(daemon, f"name:{guest.name}") as terminal:
        terminal.shows(b"> " + guest.name.encode())
        terminal.type(b"\r")
        terminal.shows(b"quit]")
        terminal.type(b"hello")
        guest.gets(b"hello")
        guest.says(b"and back")
        terminal.shows(b"and back")
        terminal.type(b"\x1dq")
        terminal.shows(b"filter: name:" + guest.name.encode())
        terminal.type(b"q")

        assert EX_OK == terminal.ends()
        assert terminal.before == terminal.attributes()


def test_o_observes(daemon, guest):
    """What is typed then goes nowhere."""
    with at_top(daemon, f"name:{guest.name}") as terminal:
        terminal.shows(b"> " + guest.name.encode())
        terminal.type(b"o")
        terminal.shows(b"quit]")
        terminal.type(b"x\x1dq")
        terminal.shows(b"com1d: 40")
        terminal.type(b"q")

        assert EX_OK == terminal.ends()


def test_a_filter_is_typed(daemon):
    """Each key narrows the table at once; Escape takes the filter away."""
    with at_top(daemon) as terminal:
        terminal.type(b"/g1")
        terminal.shows(b"filter: g1_")
        terminal.type(b"7\x7f9\r")
        terminal.shows(b"1 shown, by alarm, filter: g19")
        terminal.type(b"\x1b")
        terminal.shows(b"by alarm\x1b")
        terminal.type(b"s")
        terminal.shows(b"by rate")
        terminal.type(b"r")
        terminal.shows(b"by rate (reversed)")
        terminal.type(b"\x03")

        assert EX_OK == terminal.ends()


@pytest.mark.parametrize(
    ("keys", "name"), [(b"\x1b[B\x1b[Bj", b"g11"), (b"G", b"g9"), (b"Gg", b"g0")]
)
def test_the_cursor_moves(daemon, keys: bytes, name: bytes):
    """Arrows and letters, several at once; to both ends."""
    with at_top(daemon, "--sort", "name", rows=60) as terminal:
        terminal.type(keys)
        terminal.shows(b"> " + name)
        terminal.type(b"q")

        assert EX_OK == terminal.ends()


def test_rates(daemon, guest):
    """What a guest prints shows as its rate within a look or two."""
    with at_top(daemon, f"name:{guest.name}") as terminal:
        guest.says(bytes(5000))
        while not re.search(rb"> \w+ .* [1-9][.0-9]*k/s", terminal.shows(b"/s")):
            guest.says(bytes(5000))
        terminal.type(b"q")

        assert EX_OK == terminal.ends()


def test_a_window_that_changes_its_size(daemon):
    """It is drawn anew at once."""
    with at_top(daemon) as terminal:
        terminal.process.send_signal(signal.SIGWINCH)
        terminal.shows(b"com1d: 40")
        terminal.type(b"q")

        assert EX_OK == terminal.ends()


def test_once(daemon, guest):
    """For scripts: the table as text or JSON, filtered and sorted, and without a terminal."""
    guest.says(b"12345")
    text = daemon.run("top", "--once", f"name:{guest.name}")
    done = daemon.run("top", "--once", "--json", "--sort", "name")
    names = [one["name"] for one in json.loads(done.stdout)["consoles"]]

    assert [b"NAME", guest.name.encode()] == [line.split()[0] for line in text.stdout.splitlines()]
    assert sorted(names) == names
    assert 40 == len(names)
    assert {"rate", "lag", "margin", "log"} <= json.loads(done.stdout)["consoles"][0].keys()


def test_without_a_terminal(daemon):
    """A table that goes on has none to be drawn on; the error says what to do instead."""
    done = daemon.run("top")

    assert EX_USAGE == done.returncode
    assert b"--once" in done.stderr
