"""`com1 connect` in a pipeline, as a process on a real daemon."""

import subprocess

import pytest

from com1d.errors import EX_FAILURE, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE, EX_USAGE
from frontends.conftest import PASTE_LIMIT
from frontends.harness import CLIENT, PATIENCE, Terminal, until


@pytest.fixture
def piped(daemon, guest):
    """Start `com1 connect` with pipes, and end it."""
    started = []

    def start(*options, stdin=subprocess.PIPE):
        command = [*CLIENT, "--socket", daemon.socket, "connect", guest.name, *options]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=stdin, stdout=pipe, stderr=pipe))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def begin(process, guest):
    """Return when the session is there: its first byte is through."""
    process.stdin.write(b"x")
    process.stdin.flush()
    guest.gets(b"x")


def test_input_and_output(piped, guest):
    """All that comes in goes to the guest, all that the guest says comes out, as bytes."""
    process = piped()
    begin(process, guest)
    whole = bytes(range(256))
    guest.says(whole)

    assert (whole, b"") == process.communicate(timeout=PATIENCE)
    assert process.returncode == EX_OK


def test_a_file_as_input(piped, guest, tmp_path):
    """A file as long as the limit arrives whole and in order, and its end is the end."""
    whole = b"".join(b"%07d\r" % number for number in range(PASTE_LIMIT // 8))
    (tmp_path / "input").write_bytes(whole)
    with (tmp_path / "input").open("rb") as stdin:
        process = piped(stdin=stdin)
    guest.gets(whole)

    assert process.wait(PATIENCE) == EX_OK


def test_too_much_input(piped, guest, tmp_path):
    """What the daemon does not take is an error for the script, with the count."""
    (tmp_path / "input").write_bytes(b"x" * PASTE_LIMIT * 16)
    with (tmp_path / "input").open("rb") as stdin:
        process = piped(stdin=stdin)
    until(lambda: guest.takes_all() or process.poll() is not None, "the end of com1")
    errors = process.stderr.read()

    assert process.returncode == EX_USAGE
    assert b" characters were discarded" in errors
    assert errors.endswith(b"com1: paste-too-long: Not all of the input reached the guest\n")


def test_replay_and_notices(piped, daemon, guest):
    """What was said before comes first; what concerns a person goes to stderr."""
    guest.says(b"before")
    with Terminal("--socket", daemon.socket, "connect", guest.name, "--observe") as watching:
        watching.shows(b"before")
        guest.close()
        watching.shows(b"the port is down")
    output, errors = piped("--observe").communicate(b"ignored", timeout=PATIENCE)

    assert output == b"before"
    assert errors == b"com1: the port is down; waiting for the VM\n"


def test_preemption(piped, daemon, guest):
    """A script that is preempted fails with 75."""
    process = piped()
    begin(process, guest)
    with Terminal("--socket", daemon.socket, "connect", guest.name):
        _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == EX_TEMPFAIL
    assert errors.startswith(b"com1: preempted: ")


def test_a_reader_that_leaves(piped, guest):
    """`com1 connect | head` ends without a traceback."""
    process = piped()
    begin(process, guest)
    process.stdout.close()
    guest.says(b"output")

    assert process.wait(PATIENCE) == EX_FAILURE
    assert process.stderr.read() == b""


def test_a_signal(piped, guest):
    """SIGTERM ends it in good order."""
    process = piped()
    begin(process, guest)
    process.terminate()
    _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == EX_FAILURE
    assert errors == b"com1: interrupted: The session was ended by SIGTERM\n"


def test_nobody_is_preempted_by_a_pipe(piped, daemon, guest):
    """A script gets 75 while somebody is on, and takes over only where it says so."""
    with Terminal("--socket", daemon.socket, "connect", guest.name, columns=200) as person:
        person.shows(b"quit]")
        _, errors = piped().communicate(b"cmd", timeout=PATIENCE)
        assert errors.startswith(b"com1: busy: ")
        process = piped("--preempt")
        begin(process, guest)
        person.shows(b"took over the console")
        process.communicate(timeout=PATIENCE)

    assert process.returncode == EX_OK


@pytest.mark.parametrize("typed", [b"", b"x"])
def test_a_port_that_is_down(piped, guest, typed: bytes):
    """Whether something was typed or not, the answer is 69 and says why."""
    guest.close()
    process = piped()
    _, errors = process.communicate(typed, timeout=PATIENCE)

    assert process.returncode == EX_UNAVAILABLE
    assert b"com1: not-running: The VM is not running" in errors
