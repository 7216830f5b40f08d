"""The command line as a whole: exit codes, errors, pipes."""

import json
import subprocess
from pathlib import Path

import pytest

from com1d.errors import EX_FAILURE, EX_OK, EX_UNAVAILABLE, EX_USAGE
from com1d.frontends.cli import main
from frontends.harness import CLIENT, PATIENCE, Terminal


def test_the_real_daemon(daemon):
    """`list` and `status` agree on a real daemon, for people and for programs."""
    table = daemon.run("list")
    listed = json.loads(daemon.run("list", "--json").stdout)["consoles"]
    status = json.loads(daemon.run("status", "g7", "--json").stdout)

    assert table.returncode == EX_OK
    assert [line.split()[0] for line in table.stdout.decode().splitlines()[1:]] == [
        console["name"] for console in listed
    ]
    assert status == next(console for console in listed if console["name"] == "g7")


def test_an_error_for_programs(daemon):
    """With --json the problem object is on stderr, and stdout stays empty."""
    done = daemon.run("status", "nobody", "--json")

    assert done.returncode == EX_FAILURE
    assert done.stdout == b""
    assert json.loads(done.stderr)["code"] == "not-found"


def test_the_socket_comes_from_the_environment(daemon, monkeypatch, capsys):
    """COM1_SOCKET is used unless --socket says otherwise."""
    monkeypatch.setenv("COM1_SOCKET", daemon.socket)

    assert main(["list"]) == EX_OK
    assert main(["--socket", "/nowhere", "list"]) == EX_UNAVAILABLE
    assert main(["list", "--socket", "/nowhere"]) == EX_UNAVAILABLE
    assert capsys.readouterr().err.count("com1: unreachable: ") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("fly",), ("status",), ("connect", "a", "--replay", "all"), ("send",),
        ("send", "keys", "a"), ("log", "a", "--boot", "one"), ("demo", "--guest", "plan9"),
        ("list", "\x1b[2J"), ("status", ""), ("connect", " "), ("disable", ""), ("enable", ""),
        ("list", "--set", ""), ("send", "reset", ""), ("paste", ""), ("sac", "cmd", ""),
    ],
)  # fmt: skip
def test_wrong_usage(capsys, arguments):
    """What cannot be parsed is 64, with the usage and one line, safe to print."""
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))

    assert caught.value.code == EX_USAGE
    errors = capsys.readouterr().err
    assert errors.splitlines()[-1].startswith("com1: usage: ")
    assert "\x1b" not in errors


def test_a_reader_that_leaves(daemon):
    """`com1 list | true` is no traceback."""
    with subprocess.Popen(["true"], stdin=subprocess.PIPE) as reader:
        reader.wait(PATIENCE)
        done = subprocess.run(
            [*CLIENT, "--socket", daemon.socket, "list"],
            stdout=reader.stdin, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip

    assert done.returncode == EX_FAILURE
    assert done.stderr == b""


def test_an_error_at_a_terminal_is_folded_between_words(daemon):
    """A narrow terminal would break it within a word."""
    with Terminal("--socket", daemon.socket, "status", "nobody", columns=40) as terminal:
        assert terminal.ends() == EX_FAILURE
        said = terminal.seen.decode()

    assert said == (
        "com1: not-found: There is no console\r\n'nobody' that you may see. See `com1\r\nlist`\r\n"
    )


def test_a_full_disk(daemon):
    """What cannot be written is an error in one line."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*CLIENT, "--socket", daemon.socket, "list"],
            stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip

    assert done.returncode == EX_FAILURE
    assert done.stderr == b"com1: failed: the output cannot be written: No space left on device\n"


def test_ctrl_c(monkeypatch):
    """It ends a command without a traceback."""

    def interrupted(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("com1d.frontends.commands.list.run", interrupted)

    assert main(["list"]) == 130


def test_a_locale_without_the_characters(daemon):
    """A name that the locale cannot write is shown as numbers, not as a traceback."""
    ascii_only = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = daemon.run("status", "Zoë", env=ascii_only)

    assert done.returncode == EX_FAILURE
    assert b"Zo\\xeb" in done.stderr
