"""What a shell is offered while one types, from the parser and from a real daemon."""

import shutil
import subprocess

import pytest

from com1d.frontends.catalogue import COMMANDS
from com1d.frontends.cli import main
from com1d.frontends.completing import candidates
from com1d.frontends.session.link import Link
from frontends.harness import CLIENT


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


def test_bash_completes(daemon, tmp_path):
    """The script as bash runs it, with words that it has split."""
    (tmp_path / "com1").write_text(f'#!/bin/sh\nexec {" ".join(CLIENT)} "$@"\n')
    (tmp_path / "com1").chmod(0o755)
    ask = (
        f'PATH={tmp_path}:$PATH; eval "$(com1 completion bash)"; COMP_WORDS=(com1 send sy); '
        'COMP_CWORD=2; _com1; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, check=True)
    assert done.stdout == b"sysrq\n"
