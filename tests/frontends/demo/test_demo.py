"""`com1 demo`, as its user starts it."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from com1d.errors import EX_FAILURE, EX_OK
from frontends.harness import CLIENT, Terminal, until
from guests.qemu import boot_files


def processes_in(folder):
    """List the processes that were started for `folder`."""
    return [
        int(entry.parent.name)
        for entry in Path("/proc").glob("[0-9]*/cmdline")
        if str(folder).encode() in entry.read_bytes()
    ]


def test_check(run_dir):
    """It logs in, runs a command, is preempted, prints all of it, and leaves nothing."""
    environment = {**os.environ, "TMPDIR": str(run_dir)}
    done = subprocess.run(
        [*CLIENT, "demo", "--check"], capture_output=True, check=False, env=environment
    )

    assert done.returncode == EX_OK, done.stderr
    transcript = done.stdout.decode()
    assert "Microsoft Windows [Version" in transcript
    assert re.search(r"--- first user: was preempted by \w+ at 20", transcript)
    assert transcript.endswith("--- check: everything as it should be\n")
    assert "\x1b" not in transcript
    assert not any(run_dir.iterdir())


@pytest.mark.guest
def test_check_with_a_real_guest(run_dir):
    """The same with Linux under QEMU: its kernel boots, its shell answers."""
    kernel, initrd = boot_files()
    images = ["--kernel", str(kernel), "--initrd", str(initrd)]
    done = subprocess.run(
        [*CLIENT, "demo", "--guest", "linux", "--check", *images],
        capture_output=True, check=False, env={**os.environ, "TMPDIR": str(run_dir)},
    )  # fmt: skip

    assert done.returncode == EX_OK, done.stderr
    assert b"Linux guest " in done.stdout
    assert b"\n42\n" in done.stdout
    assert not any(run_dir.iterdir())


def test_at_a_terminal(run_dir):
    """The banner says what to try; a second terminal takes over, Enter takes it back, q ends."""
    with Terminal("demo", TMPDIR=str(run_dir)) as terminal:
        terminal.shows(b"SAC>")
        banner = terminal.shows(b"q quit]").decode()
        [socket] = re.findall(r"com1 --socket\s+(\S+)\s+connect demo", banner)
        assert "and everything is removed]" in banner
        with Terminal("--socket", socket, "connect", "demo") as second:
            second.shows(b"q quit]")
            terminal.shows(b"Enter takes it back")
            terminal.type(b"\r")
            second.shows(b"took over the console at")
        terminal.shows(b"q quit]")
        terminal.type(b"\x1dq")

        assert terminal.ends() == EX_OK
        assert terminal.before == terminal.attributes()
    assert not any(run_dir.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals(run_dir, number):
    """A signal ends the session, and then everything else in good order."""
    with Terminal("demo", TMPDIR=str(run_dir)) as terminal:
        terminal.shows(b"SAC>")
        terminal.process.send_signal(number)

        assert terminal.ends() == EX_FAILURE
        assert terminal.before == terminal.attributes()
    assert not any(run_dir.iterdir())
    assert processes_in(run_dir) == []


def test_the_daemon_never_outlives_it(run_dir):
    """Even SIGKILL takes the daemon along."""
    with Terminal("demo", TMPDIR=str(run_dir)) as terminal:
        terminal.shows(b"SAC>")
        assert processes_in(run_dir)
        terminal.process.kill()
        terminal.process.wait()

        until(lambda: not processes_in(run_dir), "the end of the daemon")
