"""`com1 log` and `com1 boots` with a real daemon, over its restarts."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from com1d.errors import EX_OK
from frontends.harness import CLIENT, PATIENCE, Daemon, Guest, running, until


BANNER = b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n"
"""As it is printed; what a person sees of it is its only line."""
SEEN = b"SeaBIOS (version 1.16.2-debian-1.16.2-1)\n"


@contextmanager
def following(daemon: Daemon, name: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [*CLIENT, "--socket", daemon.socket, "log", name, "--follow"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.set_blocking(process.stdout.fileno(), False)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_what_did_it_print_before_it_died(daemon, guest):
    """The last lines of the boot before this one, and the table that tells of it."""
    guest.says(BANNER + b"one\r\ntwo\r\npanic\r\n" + BANNER + b"up again\r\n")

    def log() -> bytes:
        return daemon.run("log", guest.name).stdout

    until(lambda: log() == SEEN + b"up again\n", "the new boot")
    before = daemon.run("log", guest.name, "--boot", "-1", "--tail", "2")
    found = daemon.run("log", guest.name, "--from", "0", "--grep", "SeaBIOS")
    boots = daemon.run("boots", guest.name).stdout.decode().splitlines()

    assert (EX_OK, b"two\npanic\n") == (before.returncode, before.stdout)
    assert SEEN * 2 == found.stdout
    assert [["BOOT", "STARTED", "CAUSE", "BYTES", "OFFSET"], "-1", "0"] == [
        boots[0].split(), boots[1].split()[0], boots[2].split()[0]
    ]  # fmt: skip


def test_a_tail_is_read_from_as_far_back_as_it_takes(daemon, guest):
    """Progress that is told in two rows has hundreds of line feeds, and is two lines."""
    frames = b"".join(b"\x1b[2A\x1b[Kone: %d\r\n\x1b[Ktwo: %d\r\n" % (n, n) for n in range(300))
    guest.says(b"before\r\nfirst\r\n\r\n\r\n" + frames + b"ready")

    def tail(lines: int) -> bytes:
        return daemon.run("log", guest.name, "--tail", str(lines)).stdout

    until(lambda: tail(1) == b"ready\n", "the end")
    assert b"first\none: 299\ntwo: 299\nready\n" == tail(4)
    assert b"before\nfirst\none: 299\ntwo: 299\nready\n" == tail(1000)


def test_an_empty_log_says_why(daemon, guest):
    """Nobody has to guess whether the log is lost, the VM is off, or the part is a wrong one."""

    def said(*options: str) -> tuple[int, bytes, str]:
        done = daemon.run("log", guest.name, *options)
        return done.returncode, done.stdout, done.stderr.decode()

    silent = "com1: nothing was printed yet; the port is up, and the guest is silent\n"
    assert (EX_OK, b"", silent) == said()
    assert (EX_OK, b"", silent) == said("--raw")
    assert (EX_OK, b"", silent) == said("--json")

    guest.close()
    until(lambda: "nothing was printed yet; down: " in said()[2], "the port to be down")
    assert f"`com1d guest-args {guest.name}` prints how\n" in said()[2]


def test_an_empty_part_of_a_log_says_so(daemon, guest):
    """The log has something elsewhere, and `com1 boots` tells where."""
    guest.says(b"one\r\n")
    until(lambda: daemon.run("log", guest.name).stdout == b"one\n", "the log")
    done = daemon.run("log", guest.name, "--from", "5")

    assert (EX_OK, b"") == (done.returncode, done.stdout)
    assert f"in that part; `com1 boots {guest.name}` has the parts\n" in done.stderr.decode()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_following_goes_on_over_a_restart(run_dir, end: str):
    """The daemon goes and comes back; the follower gets each byte once."""
    seen = b""

    def shows(awaited: bytes) -> None:
        def more() -> bool:
            nonlocal seen
            seen += follower.stdout.read() or b""
            assert follower.poll() is None, follower.stderr.read()
            return awaited in seen

        until(more, awaited.decode())

    consoles = f'[consoles.web01]\nport = "listen:{run_dir}/web01"\n'
    with running(run_dir, consoles) as daemon, following(daemon, "web01") as follower:
        guest = Guest(daemon, "web01")
        guest.says(b"before\r\n")
        shows(b"before\n")
        until(lambda: b"before" in daemon.run("log", "web01").stdout, "the log")
        getattr(daemon, end)()
        guest.close()
        daemon.start()
        guest = Guest(daemon, "web01")
        guest.says(b"after\r\n")
        shows(b"after\n")
        follower.send_signal(signal.SIGINT)
        assert EX_OK == follower.wait(PATIENCE)
        assert b"connected again" in follower.stderr.read()
        assert b"before\nafter\n" == daemon.run("log", "web01", "--from", "0").stdout
        guest.close()
    assert b"before\nafter\n" == seen
