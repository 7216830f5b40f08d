"""What the journal is sent."""

import json
import socket

import pytest

from com1d.telemetry.journal import Journal


@pytest.fixture
def journald(tmp_path):
    """Listen as journald does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "socket"))
        yield sock


def test_fields_stand_beside_the_line(journald, tmp_path):
    """The line is the message, and each field can be asked for by its name."""
    said = {"event": "port.went_down", "console": "web01", "after": 1.5, "names": ["a", "b"]}

    assert Journal(tmp_path / "socket").tell("warning", '{"event": "…"}', said)

    assert journald.recv(4096).decode().splitlines() == [
        'MESSAGE={"event": "…"}',
        "PRIORITY=4",
        "SYSLOG_IDENTIFIER=com1d",
        "COM1D_EVENT=port.went_down",
        "COM1D_CONSOLE=web01",
        "COM1D_AFTER=1.5",
        f"COM1D_NAMES={json.dumps(['a', 'b'])}",
    ]


def test_a_value_of_several_lines_makes_no_fields(journald, tmp_path):
    """It comes with its length, so that nothing in it is taken for a field of its own."""
    Journal(tmp_path / "socket").tell("info", "x", {"reason": "a\nPRIORITY=0"})

    assert journald.recv(4096).endswith(
        b"COM1D_REASON\n" + (12).to_bytes(8, "little") + b"a\nPRIORITY=0\n"
    )


def test_a_journal_that_takes_nothing_is_said(tmp_path):
    """A missing socket, and a line that no datagram holds, are told, and nothing waits."""
    assert not Journal(tmp_path / "nobody").tell("info", "x", {})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "socket"))
        assert not Journal(tmp_path / "socket").tell("info", "x" * (1 << 24), {})
