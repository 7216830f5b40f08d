"""Consoles as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.tables import aligned, console_rows, console_sheet, print_sheet, print_table
from frontends.harness import Terminal


WEB = {
    "name": "web01", "port": "pipe:/run/web01", "guest": "windows",
    "connected": True, "enabled": True,
    "guest_state": {"state": "sac", "since": "12:00", "hint": "Type cmd"}, "offset": 12, "boot": 2,
    "active": {"user": "alice", "uid": 1000, "pid": 7, "since": "12:01", "via": "websocket"},
    "observers": [{"user": "bob", "uid": 1001, "pid": 8, "since": "12:02", "via": "raw"}],
}  # fmt: skip
DARK = {"name": "db", "port": "demo:", "connected": False, "enabled": True, "reason": "no VM"}
OFF = {"name": "off", "port": "demo:", "connected": True, "enabled": False, "guest": "linux"}


def test_rows():
    """A row tells whether it is up, who holds it, how many watch; nothing has to be there."""
    assert console_rows([WEB, DARK, OFF, {}]) == [
        ("web01", "up", "windows: sac", "alice", "1", "pipe:/run/web01"),
        ("db", "down", "unknown", "-", "0", "demo:"),
        ("off", "disabled", "linux: unknown", "-", "0", "demo:"),
        ("", "down", "unknown", "-", "0", ""),
    ]


def test_sheet(capsys):
    """All that is known about one console, aligned; what is not known has no line."""
    print_sheet(console_sheet(WEB))

    assert capsys.readouterr().out == (
        "name:      web01\n"
        "port:      pipe:/run/web01\n"
        "state:     up\n"
        "guest:     windows: sac\n"
        "since:     12:00\n"
        "hint:      Type cmd\n"
        "boot:      2\n"
        "offset:    12\n"
        "active:    alice (uid 1000, process 7), by websocket, since 12:01\n"
        "observer:  bob (uid 1001, process 8), by raw, since 12:02\n"
    )
    assert ("reason", "no VM") in console_sheet(DARK)
    assert ("active", "nobody") in console_sheet(DARK)


def test_a_pipe_gets_plain_text(capsys):
    """Columns begin at the same place, without colours, and control characters are shown."""
    print_table(("NAME", "GUEST"), [("a", "\x1b[31m"), ("longer", "x")])

    assert capsys.readouterr().out == "NAME    GUEST\na       \\x1b[31m\nlonger  x\n"


@pytest.mark.parametrize(
    ("colour", "coloured"), [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)]
)
def test_a_terminal_gets_colours_unless_it_wants_none(daemon, colour, coloured):
    """The same table, with colours where they are welcome, and no markup taken from names."""
    with Terminal("--socket", daemon.socket, "list", TERM="xterm", **colour) as terminal:
        assert terminal.ends() == 0

        assert (b"\x1b[31m" in terminal.seen) is coloured
        assert b"listen:" in terminal.seen


@given(st.lists(st.tuples(st.text("ab ", max_size=5), st.text("cd", min_size=1)), min_size=1))
def test_alignment(rows):
    """The second column begins at the same place in every line."""
    width = max(len(first) for first, _ in rows)

    assert aligned(rows) == [f"{first.ljust(width)}  {second}" for first, second in rows]
