"""Programs are run with nothing of ours, and never outlive their time."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from com1d.control.child import ENVIRONMENT, OUTPUT_BYTES, run
from control.machine import ignore, until


async def shell(script: str, *words: str, hear=ignore):
    """Run a shell script."""
    return await run(["/bin/sh", "-c", script, "sh", *words], hear)


async def test_how_it_ended():
    """Exit status and output come back, of stdout and stderr together."""
    assert (0, "one\ntwo") == await shell("echo one; echo two >&2")
    assert (3, "") == await shell("exit 3")
    assert (-15, "") == await shell("kill -TERM $$")


async def test_words_are_not_read_by_a_shell():
    """Arguments reach the program as they are."""
    words = ["a b", "$HOME", "*", "; exit 1", "'"]
    assert (0, " | ".join(words)) == await shell(
        'IFS="|"; printf "%s | " "$@" | sed "s/ | $//"', *words
    )


async def test_it_gets_nothing_of_ours(run_dir):
    """No descriptor but its own three, no environment but two variables, a session of its own."""
    leak = os.open(run_dir, os.O_RDONLY)
    os.set_inheritable(leak, True)  # as a careless library does
    try:
        script = (
            "import json, os; print(json.dumps([sorted(map(int, os.listdir('/proc/self/fd')))[:-1],"
            " dict(os.environ), os.getsid(0) == os.getpid() == os.getpgid(0), os.getcwd(),"
            " os.read(0, 9).decode()]))"
        )
        outcome = await run([sys.executable, "-I", "-c", script], ignore)
    finally:
        os.close(leak)
    descriptors, environment, leads, folder, read = json.loads(outcome.output)
    environment.pop("LC_CTYPE", None)  # Python's own doing
    assert ([0, 1, 2], ENVIRONMENT, True, "/", "") == (
        descriptors, environment, leads, folder, read,
    )  # fmt: skip


async def test_lines_are_heard_as_they_come(run_dir):
    """A line is heard at its end, while the program goes on."""
    heard, go = [], run_dir / "go"
    os.mkfifo(go)
    task = asyncio.create_task(
        shell('echo one; printf tw; read x <"$1"; echo o', str(go), hear=heard.append)
    )
    await until(lambda: heard)
    first = list(heard)
    release(go)
    outcome = await task
    assert (["one"], ["one", "two"], "one\ntwo") == (first, heard, outcome.output)


async def test_output_is_bounded():
    """A program that writes a megabyte is not stopped by it, and a screenful is kept."""
    heard = []
    outcome = await shell("yes 0123456 | head -c 1000000; exit 4", hear=heard.append)
    assert (4, "0123456\n" * (OUTPUT_BYTES // 8 - 1) + "0123456") == outcome
    assert OUTPUT_BYTES // 8 == len(heard)


async def test_output_is_made_safe():
    """What would do something to a terminal is not passed on."""
    outcome = await shell(r"printf 'a\033[2Jb\a\377c\r\n'")
    assert "a [2Jb �c" == outcome.output


async def test_what_it_leaves_running_is_left(run_dir):
    """A program that starts a VM in the background ends, and the VM goes on."""
    outcome = await shell('sleep 60 & echo $!; exec cat "$1"', "/dev/null")
    pid = int(outcome.output)
    os.kill(pid, 9)  # raises where it is gone
    await until(lambda: not runs(pid))
    assert 0 == outcome.status


def release(fifo: Path) -> None:
    """Let whoever reads a line from this FIFO go on."""
    fifo.write_text("\n")


def runs(pid: int) -> bool:
    """Tell whether a process is there, and not only its remains."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_it_is_killed_with_all_its_group(run_dir):
    """A program that is given up ends, stubborn or not, and what it has started ends too."""
    told = []
    script = 'trap "" TERM; sleep 60 & echo $$ $!; wait; sleep 60'
    task = asyncio.create_task(shell(script, hear=told.append))
    await until(lambda: told)
    pids = list(map(int, told[0].split()))
    before = list(map(runs, pids))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not any(map(runs, pids)))
    assert [True, True] == before


@pytest.mark.parametrize(
    ("path", "error"), [("missing", FileNotFoundError), ("plain", PermissionError)]
)
async def test_it_cannot_be_run(run_dir, path, error):
    """A program that is not there or may not be run is an error of the system's."""
    (run_dir / "plain").write_text("#!/bin/sh\n")
    with pytest.raises(error):
        await run([str(run_dir / path)], ignore)
