"""The daemon and real guests: not a byte is missed, whatever comes, goes and returns."""

import os
import re

import pytest

from frontends.harness import running
from guests.qemu import PROMPT, READY, Guest
from guests.served import console, is_printed, power_on, served, until, whole_log
from guests.session import Session, attached


pytestmark = pytest.mark.guest

VERBOSE = ""
"""The kernel's command line for a boot of 20 kB instead of 150 bytes."""

MEANWHILE = 32768
"""Bytes that a guest prints while no daemon runs: half of what the smallest FIFO holds."""


def line_events(session: Session) -> list[str]:
    """Give the events by name, but for what the daemon makes of the guest's words."""
    return [name for name in session.names() if name != "guest"]


def flood_numbers(data: bytes) -> list[int]:
    """Give the numbers of the whole lines of a flood."""
    return [int(number) for number in re.findall(rb"flood (\d{10})\r\n", data)]


async def test_a_daemon_that_comes_late_and_is_killed_misses_nothing(run_dir):
    """On `pipe:`, what a VM prints before the daemon runs, and while none runs, is not lost."""
    for direction in ("in", "out"):
        os.mkfifo(run_dir / f"com1.{direction}")
    async with Guest(f"pipe:{run_dir}/com1", run_dir, VERBOSE) as guest:
        await until(lambda: PROMPT in guest.log.read_bytes())

        with running(run_dir, console("pipe", run_dir)) as daemon:
            async with attached(daemon.socket, "?from=0") as first:
                assert await whole_log(guest, first) == first.received
                await guest.go()
                await first.send(b"cat /bigfile\r")
                await first.expect(b"\n00001000 ")
                assert await whole_log(guest, first) == first.received
                daemon.run("boots", "vm")  # by then the boot diagnostics log has all of it
                daemon.kill()

            await guest.go()
            await until(lambda: guest.log.stat().st_size > first.end + MEANWHILE)
            await guest.qmp("stop")
            daemon.start()
            async with attached(daemon.socket, "?from=0") as second:
                await guest.go()
                await second.expect(PROMPT)
                await second.send(b"echo $((6 * 7))\r")
                await second.expect(b"\n42\r\n")
                assert await whole_log(guest, second) == second.received


@pytest.mark.parametrize("kind", ["unix", "pty"])
async def test_a_reset_keeps_the_session(run_dir, kind):
    """After `system_reset` the same session sees the whole next boot, from its first byte."""
    async with served(kind, run_dir, VERBOSE) as (daemon, guest):
        async with attached(daemon.socket) as session:
            await power_on(daemon, guest)
            await session.expect(PROMPT)
            await guest.qmp("system_reset")
            await session.expect(READY)
            await session.expect(PROMPT)
            log = await whole_log(guest, session)

        # QEMU looks once a second whether its pty is open, and drops what is printed until then.
        assert is_printed(session.received, log, from_the_start=kind != "pty")
        assert ["attached", "replayed", "port-up"] == line_events(session)


@pytest.mark.parametrize("kind", ["pipe", "listen", "pty"])
async def test_a_killed_vm_comes_back_to_the_same_session(run_dir, kind):
    """SIGKILL in the middle of a flood: last words, `port-down`, and the next boot, in order."""
    async with served(kind, run_dir, VERBOSE) as (daemon, guest):
        async with attached(daemon.socket) as session:
            for _life in range(2):
                begin = session.end
                await power_on(daemon, guest)
                await session.expect(READY)
                await session.expect(PROMPT)
                log = await whole_log(guest, session)
                assert is_printed(session.received[begin:], log, from_the_start=kind != "pty")

                await guest.go()
                await session.send(b"dmesg -n 1; flood\r")
                await session.expect(b"flood 0000001000")
                await guest.kill()
                down = await session.event("port-down")
                assert session.end == down["offset"]
                numbers = flood_numbers(session.received[begin:])
                assert list(range(len(numbers))) == numbers
                if kind != "pty":  # the kernel drops the last words of a pty
                    # At EAGAIN, QEMU logs what it has not sent: the last line may be there alone.
                    assert len(numbers) >= max(flood_numbers(guest.log.read_bytes()))
        assert ["attached", "replayed", *["port-up", "port-down"] * 2] == line_events(session)
