"""The commands of the simulated Command Prompt."""

from datetime import UTC, datetime

import pytest

from com1d.ports.demo.commands import COMMANDS, Call
from com1d.ports.demo.machine import Machine


NOW = 65.25


def run(name, rest=""):
    """Run a command as a user."""
    machine = Machine(5.0, datetime(2025, 11, 22, 20, 25, tzinfo=UTC))
    return COMMANDS[name](Call(machine, "CORP\\Ann", rest, NOW))


@pytest.mark.parametrize(
    ("name", "rest", "output"),
    [
        ("cls", "", "\x1b[2J\x1b[1;1H"),
        ("date", "", "The current date is: Sat 11/22/2025 \n"),
        ("date", "/t", "Sat 11/22/2025 \n"),
        ("time", "", "The current time is: 20:26:00.25\n"),
        ("time", "/T", "08:26 PM\n"),
        ("echo", "a  b", "a  b\n"),
        ("echo", "", "ECHO is on.\n"),
        ("hostname", "", "DEMO01\n"),
        ("type", "", "The syntax of the command is incorrect.\n"),
        ("type", "secrets.txt", "The system cannot find the file specified.\n"),
        ("ver", "", "\nMicrosoft Windows [Version 10.0.20348.2700]\n"),
        ("whoami", "", "corp\\ann\n"),
    ],
)
def test_output(name, rest, output):
    """Each command prints what Windows prints."""
    assert run(name, rest) == output


def test_boot_log_is_as_long_as_the_directory_says():
    """`dir` lists boot.log with the size of what `type` shows of it."""
    log = run("type", "BOOT.LOG")
    assert log.startswith("BOOTLOG_LOADED \\SystemRoot\\System32\\ntoskrnl.exe\n")
    assert f"{len(log):14,} boot.log\n" in run("dir")


def test_directory_adds_up():
    """`dir` counts its files and their sizes."""
    *_, total, free = run("dir").splitlines()
    assert total == "               3 File(s)        375,012 bytes"
    assert free == "               2 Dir(s)  21,474,836,480 bytes free"


def test_ipconfig_shows_the_address():
    """`ipconfig` shows the address that SAC's `i` shows."""
    assert "   IPv4 Address. . . . . . . . . . . : 10.0.0.4\n" in run("ipconfig")


def test_help_names_every_command():
    """`help` lists each command there is, and `exit`."""
    listed = {line.split()[0].lower() for line in run("help").splitlines()[2:]}
    assert listed == {*COMMANDS, "exit"}
