"""A keeper whose port is a program: its last words, its end, and the next one."""

import asyncio
import os
import shlex

import pytest

from com1d.core.stream.backoff import Backoff
from com1d.errors import os_reason
from com1d.line import keeper
from com1d.ports.exec import ExecPort
from line.keeping import PATIENCE, always_at_once, keeping
from ports.ends import read


def shell(script: str) -> ExecPort:
    """Give a program that runs `script`, as an operator would write it."""
    return ExecPort(shlex.join(("/bin/sh", "-c", script)))


def once() -> Backoff:
    """Give a back-off that lets nothing run a second time in a test."""
    return Backoff(first=3600.0, longest=7200.0, settled=3600.0)


async def last_words(kept, line) -> bytes:
    """Read as a feed does, to the end of the line, and tell the keeper."""
    text = b""
    while True:
        try:
            text += await read(line.read_fd)
        except OSError as error:
            kept.keeper.line_ended(os_reason(error))
            return text


async def test_the_end_of_a_program_is_the_reason():
    """Not that of its pty, which is the same for all; what it printed last was read before."""
    async with keeping(shell("echo no such host >&2; exit 255"), always_at_once()) as kept:
        line = await kept.line()

        assert b"no such host\n" == await last_words(kept, line)
        assert ("down", "/bin/sh ended with status 255") == await kept.report()
        assert (await kept.line()) is not line


async def test_what_a_program_leaves_running_is_not_waited_for(monkeypatch):
    """As ssh leaves a master behind that still has the pty: the line is over all the same."""
    monkeypatch.setattr(keeper, "LAST_WORDS_SECONDS", 0.01)
    async with keeping(shell("setsid sleep 3600 & echo $!; exit 3"), once()) as kept:
        line = await kept.line()
        left = int(await read(line.read_fd))

        assert ("down", "/bin/sh ended with status 3") == await kept.report()
        os.kill(left, 9)


async def test_a_program_that_closes_its_terminal_is_ended(monkeypatch):
    """The line is over, and so is the program, before another one is started."""
    monkeypatch.setattr(keeper, "LAST_WORDS_SECONDS", 0.01)
    script = "echo $$; exec sleep 3600 </dev/null >/dev/null 2>&1"
    async with keeping(shell(script), always_at_once()) as kept:
        line = await kept.line()
        pid = int(await last_words(kept, line))

        assert ("down", "Input/output error") == await kept.report()
        await kept.line()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_program_that_ends_at_once_can_be_stopped():
    """However fast it comes and goes, and wherever in that its console is removed."""
    for turns in range(20):
        async with keeping(shell("exit 0"), always_at_once()) as kept:
            await kept.line()
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE):
                await kept.keeper.stop()


async def test_a_program_ends_with_its_console():
    """Nothing of it is left when the keeper has stopped."""
    async with keeping(shell("echo $$; exec cat")) as kept:
        pid = int(await read((await kept.line()).read_fd))
        async with asyncio.timeout(PATIENCE):
            await kept.keeper.stop()

        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
