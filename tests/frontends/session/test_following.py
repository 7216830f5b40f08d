"""`com1 log --follow`, as a process."""

import asyncio
import signal

import pytest

from com1d.errors import EX_OK, EX_TEMPFAIL
from frontends.double import Double
from frontends.harness import CLIENT, PATIENCE
from frontends.log_answers import answer


PIPE = asyncio.subprocess.PIPE


async def follow(double, *options):
    command = [*CLIENT, "--socket", double.socket, "log", "g", "--follow", *options]
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ((), b"boot\n live\n"),
        (("--raw",), b"\x1b[mboot\r\n\x1b[1m live\r\n"),
        (("--grep", "live"), b" live\n"),
    ],
)
async def test_from_the_log_into_the_live_output(run_dir, options, shown):
    """The stream begins at the byte where the log ended; Ctrl-C is the ordinary end."""
    double = Double(run_dir)
    double.pages["/v1/consoles/g/log?times=true"] = ({}, answer((0, b"\x1b[mboot\r\n"), end=9))

    async def story(visit):
        await visit.attached(end=20, replay=11)
        await visit.says(b"\x1b[1m live\r\n")
        await visit.tells("lost", bytes=7, offset=27)
        await visit.gone()

    async with double.tells(story):
        process = await follow(double, *options)
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readexactly(len(shown)) == shown
            assert await process.stderr.readline() == b"com1: 7 bytes of output were lost here\n"
            process.send_signal(signal.SIGINT)
            assert await process.wait() == EX_OK
    assert double.paths[1] == "/v1/consoles/g/attach?mode=observe&from=9"


async def test_a_prompt_is_shown_after_a_moment(run_dir):
    """Nothing ends its line, and nobody would wait for a spinner's every state."""
    double = Double(run_dir)
    double.pages["/v1/consoles/g/log?times=true"] = ({}, answer(end=0))

    async def story(visit):
        await visit.attached()
        for state in b"|/-" * 5:
            await visit.says(b"\rwait %c" % state)
        await visit.says(b"\rdone  \r\nweb01 login: ")
        await visit.gone()

    async with double.tells(story):
        process = await follow(double)
        async with asyncio.timeout(PATIENCE):
            assert b"done\n" == await process.stdout.readline()
            assert b"web01 login:\n" == await process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert EX_OK == await process.wait()
            assert b"" == await process.stdout.read()


async def test_an_owner_ends_it(run_dir):
    """Being sent away is an error, as it is when connected."""
    double = Double(run_dir)
    double.pages["/v1/consoles/g/log?times=true"] = ({}, answer(end=0))

    async def story(visit):
        await visit.attached()
        await visit.ends(4004, "disconnected by root")

    async with double.tells(story):
        process = await follow(double)
        _, errors = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert process.returncode == EX_TEMPFAIL
    assert errors == b"com1: disconnected: An owner disconnected you. disconnected by root\n"
