"""What a shell is offered while one types, from the parser and from a real daemon."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from com1d.frontends.catalogue import COMMANDS
from com1d.frontends.cli import main
from com1d.frontends.completing import candidates
from com1d.frontends.session.link import Link
from frontends.harness import CLIENT, Terminal


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["con"], ["connect"]),
        (["send", ""], ["break", "keys", "nmi", "reset", "restart", "sysrq"]),
        (["connect", "x", "--re"], ["--replay", "--request"]),
        (["connect", "--replay", ""], ["boot", "none", "screen"]),
        (["send", "keys", "x", "F1"], ["F1", "F10", "F11", "F12"]),
        (["send", "keys", "x", "F8", "Do"], ["Down"]),
        (["--json", "lo"], ["log"]),
        (["completion", "z"], ["zsh"]),
        (["paste", "x", ""], []),
        (["connect", "nosuch"], []),
    ],
)
def test_without_a_daemon(words, offered):
    """Commands, options, keys and their values; nothing where the shell knows better: files."""
    assert offered == candidates(words, Link("/nowhere"))


def test_every_command_is_offered():
    """All of `--help`."""
    assert sorted(command.name for command in COMMANDS) == candidates([""], Link("/nowhere"))


def test_consoles_and_boots(daemon, guest):
    """Those that the user may see, as the daemon has them now."""
    link = Link(daemon.socket)
    assert guest.name in candidates(["connect", guest.name[:1]], link)
    guest.says(b"x")
    assert {"0"} >= set(candidates(["log", guest.name, "--boot", ""], link))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(capsys, shell):
    """Each hands the words over; where the shell is there, it takes the script."""
    assert not main(["completion", shell])
    script = capsys.readouterr().out
    assert "com1 completion --words" in script
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script.encode(), check=True)


@pytest.fixture
def path(daemon, tmp_path, monkeypatch) -> Path:
    """Programs of a user: a com1 that only says what it was given, unless it completes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "com1").write_text(
        f'#!/bin/sh\n[ "$1" != completion ] || exec {" ".join(CLIENT)} "$@"\necho "given: $*"\n'
    )
    (folder / "com1").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("COM1_SOCKET", daemon.socket)
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


def test_bash_completes(path):
    """The script as bash runs it, with words that it has split."""
    ask = (
        'eval "$(com1 completion bash)"; COMP_WORDS=(com1 send sy); '
        'COMP_CWORD=2; _com1; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, check=True)
    assert done.stdout == b"sysrq\n"


def test_fish_completes(path):
    """Commands, consoles and keys as fish asks for them; files where a command takes one."""

    def offered(line: str) -> list[str]:
        ask = f"com1 completion fish | source; complete -C '{line}'"
        done = subprocess.run(["fish", "-c", ask], capture_output=True, check=True, cwd=path)
        return sorted(done.stdout.decode().split())

    assert ["sysrq"] == offered("com1 send sy")
    assert ["g1", *(f"g1{digit}" for digit in range(10))] == offered("com1 connect g1")
    assert ["F1", "F10", "F11", "F12"] == offered("com1 send keys g1 F1")
    assert ["com1"] == offered("com1 paste g1 co")


def test_zsh_completes(path, tmp_path):
    """The script as zsh finds and runs it when Tab is pressed."""
    (tmp_path / "_com1").write_bytes(subprocess.check_output(["com1", "completion", "zsh"]))
    (tmp_path / "file.ps1").touch()
    begin = f"PS1=; cd {tmp_path}; fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -u -D"
    with Terminal(program=["zsh", "-f", "-i"], TERM="dumb") as zsh:
        zsh.type(f"{begin}; echo rea''dy\r".encode())
        zsh.shows(b"ready\r\n")
        for typed, given in (
            (b"com1 send sy\t", b"send sysrq"),
            (b"com1 status g25\t", b"status g25"),
            (b"com1 send keys g1 PageU\t", b"send keys g1 PageUp"),
            (b"com1 paste g1 fi\t", b"paste g1 file.ps1"),
        ):
            zsh.type(typed + b"\r")
            zsh.shows(b"given: " + given)
        zsh.type(b"exit\r")
        zsh.ends()
