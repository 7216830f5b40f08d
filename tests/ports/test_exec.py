"""A program as a port: its pty, its words, its environment, and its end."""

import asyncio
import os
import select
import shlex
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from com1d.errors import PortDown
from com1d.ports.base import BreakLine, MortalLine
from com1d.ports.exec import ExecPort
from ports.ends import PATIENCE, read, well_kept


def command(*words: str) -> str:
    return shlex.join(words)


def python(script: str, *words: str) -> str:
    """Give the command that runs `script` with these arguments."""
    return command(sys.executable, "-ISc", script, *words)


@asynccontextmanager
async def running(words: str):
    """Run a program, and end it."""
    line = await ExecPort(words).open()
    try:
        yield line
    finally:
        line.close()
        async with asyncio.timeout(PATIENCE):
            await line.buried()


async def read_until(line, end: bytes) -> bytes:
    text = b""
    while not text.endswith(end):
        text += await read(line.read_fd)
    return text


async def ended(line) -> str:
    async with asyncio.timeout(PATIENCE):
        return await line.ended()


def descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("typed", [b"\r", b"\n", b"\x03", b"\x04", b"\x11\x13", bytes(range(256))])
async def test_bytes_pass_unchanged(typed):
    """No byte is a signal, an end of file, or another byte; nothing is echoed by the kernel."""
    async with running(command("/bin/cat")) as line:
        os.write(line.write_fd, typed)

        assert typed == await read_until(line, typed)
        assert well_kept(line.read_fd)


async def test_words_are_the_programs_own():
    """There is no shell: nothing in them is expanded, and a quoted one may be empty."""
    words = ("$HOME", "*", "a b", "", "`id`", ";", "'")
    async with running(python("import sys; print(sys.argv[1:], end='!')", *words)) as line:
        assert f"{list(words)}!".encode() == await read_until(line, b"!")


async def test_the_daemons_environment_and_descriptors_stay_here(monkeypatch):
    """The program has a clean environment, and the pty alone; what it complains of is printed."""
    monkeypatch.setenv("COM1D_SECRET", "x")
    script = (
        "import os, sys; print(sorted(os.environ), os.getcwd(), os.getsid(0) == os.getpid(),"
        "sorted(os.listdir('/proc/self/fd')), os.isatty(0), os.get_terminal_size(0),"
        "file=sys.stderr, end='!')"
    )
    kept = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(kept, True)
    async with running(python(script)) as line:
        said = (await read_until(line, b"!")).decode()
    os.close(kept)

    assert "['LANG', 'PATH', 'TERM'] / True" in said
    assert "['0', '1', '2', '3'] True" in said  # 3 is that of the listing
    assert "columns=80, lines=24" in said


@pytest.mark.parametrize(
    ("script", "how"),
    [
        ("pass", "ended with status 0"),
        ("raise SystemExit(7)", "ended with status 7"),
        ("import os; os.kill(os.getpid(), 15)", "was ended by Terminated"),
        ("import os; os.abort()", "was ended by Aborted"),
    ],
)
async def test_its_end_is_told(script, how):
    """By its status, or by the signal."""
    async with running(python(script)) as line:
        assert f"{sys.executable} {how}" == await ended(line)
        assert isinstance(line, MortalLine)
        assert not isinstance(line, BreakLine)


@pytest.mark.parametrize("stubborn", [False, True])
async def test_it_ends_with_the_line(stubborn):
    """At a hang-up or, if it does not hear of that, killed, with all its process group."""
    script = (
        "import os, signal, sys, time\n"
        f"signal.signal(signal.SIGHUP, signal.{'SIG_IGN' if stubborn else 'SIG_DFL'})\n"
        "child = os.fork()\n"
        "print(os.getpid(), child, end='!') if child else None\n"
        "sys.stdout.flush()\n"
        "while True: signal.pause()\n"
    )
    async with running(python(script)) as line:
        pids = list(map(int, (await read_until(line, b"!"))[:-1].split()))
        assert [True, True] == list(map(is_running, pids))
        other = os.pidfd_open(pids[1])

    assert not is_running(pids[0])  # reaped by us
    assert select.select([other], [], [], PATIENCE)[0]
    os.close(other)


async def test_a_second_close_is_nothing():
    """The line is closed by its keeper whatever happened to it before."""
    async with running(command("/bin/cat")) as line:
        line.close()
        line.close()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.write_text("#!/bin/sh\n"), "may not be run by com1d"),
        (lambda path: (path.write_text("words\n"), path.chmod(0o755)), "is not a program"),
        (lambda path: path.mkdir(), "may not be run by com1d"),
    ],
)
async def test_what_cannot_be_run_is_named(tmp_path, make, why):
    """With the reason; nothing is left open."""
    path = tmp_path / "program"
    make(path)
    before = descriptors()

    with pytest.raises(PortDown, match=f"{path} {why}"):
        await ExecPort(command(str(path), "x")).open()

    assert before == descriptors()


async def test_signals_are_the_programs_own():
    """What the daemon ignores, the program does not: SIGPIPE ends it as in a shell."""
    script = "import signal; print(signal.getsignal(signal.SIGPIPE), end='!')"
    async with running(command("/bin/sh", "-c", "kill -PIPE $$")) as line:
        assert "/bin/sh was ended by Broken pipe" == await ended(line)
    async with running(python(script)) as line:
        await read_until(line, b"!")
        assert signal.SIG_DFL != signal.getsignal(signal.SIGPIPE)
