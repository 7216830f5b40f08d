"""A guest that prints at line rate while the daemon is away: who waits, and what is lost.

Its lines carry their numbers and its own clock (`pace` in tests/setup/guest), so that they tell
both. What holds for three seconds away holds for as long as the FIFO has room: 91 s.
"""

import os
import re
import signal
from itertools import pairwise

import pytest

from frontends.harness import running
from guests.line import connect
from guests.operate import port_up, request
from guests.qemu import PROMPT, Guest
from guests.served import console, power_on, served, whole_log
from guests.session import attached


pytestmark = pytest.mark.guest

AWAY_SECONDS = 3

PACE = b"dmesg -n 1; pace\r"


def paces(data: bytes) -> tuple[list[int], float]:
    """Give the numbers of the guest's lines, and the longest that it took for one."""
    found = re.findall(rb"pace (\d{8}) (\d{6}\.\d\d) 0{90}\r\n", data)
    clock = [float(stamp) for _, stamp in found]
    longest = max(after - before for before, after in pairwise(clock))
    return [int(number) for number, _ in found], longest


def whole(numbers: list[int]) -> bool:
    """Say whether no line is missing."""
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def pass_time(guest: Guest) -> None:
    """Wait for a while by the guest's own clock, on its other port."""
    with connect(guest.com2) as second:
        await second.send(b"\r")
        await second.expect(PROMPT)
        await second.send(f"sleep {AWAY_SECONDS}; echo wo''ke\r".encode())
        await second.expect(b"\r\nwoke\r\n")


async def absence(daemon, guest: Guest) -> None:
    """Stop the daemon for a while, as a debugger, a full disk or a busy host may."""
    os.kill(daemon.process.pid, signal.SIGSTOP)
    try:
        await pass_time(guest)
    finally:
        os.kill(daemon.process.pid, signal.SIGCONT)


async def test_on_a_pipe_nobody_waits_and_nothing_is_lost(run_dir):
    """Stopped, or killed and started again: the guest prints on, and all of it arrives."""
    async with served("pipe", run_dir) as (daemon, guest):
        async with attached(daemon.socket) as first:
            await power_on(daemon, guest)
            await first.expect(PROMPT)
            await first.send(PACE)
            await first.expect(b"pace 00000100")
            await absence(daemon, guest)
            await first.expect(b"pace %08d" % (200 + AWAY_SECONDS * 100))
            margin = (await request(daemon, "GET", "vm")).json["stall_margin"]
            status = daemon.run("status", "vm").stdout
            assert await whole_log(guest, first) == first.received
            daemon.kill()

        await guest.go()
        await pass_time(guest)
        daemon.start()
        async with attached(daemon.socket, "?from=0") as second:
            await second.expect(b"pace %08d" % (300 + 2 * AWAY_SECONDS * 100))
            log = await whole_log(guest, second)

    # The second may begin with what the daemon has read again from its boot diagnostics log.
    assert log.startswith(first.received)
    assert second.received.endswith(log[len(first.received) :])
    numbers, longest = paces(log)
    assert whole(numbers)
    assert longest < AWAY_SECONDS / 2
    assert 1 << 20 == margin["bytes"]
    assert AWAY_SECONDS * 10_000 < margin["fullest"] * margin["bytes"] < 1 << 20
    assert b"can print 91 s while com1d is away; fullest so far" in status


async def test_on_a_unix_socket_it_waits_or_is_not_heard(run_dir):
    """The cliff: a stopped daemon holds the guest up after 24 ms, a missing one hears nothing."""
    async with Guest(f"unix:{run_dir}/com1", run_dir) as guest:
        with running(run_dir, console("unix", run_dir)) as daemon:
            async with attached(daemon.socket) as first:
                await port_up(daemon, "vm")
                await first.send(b"\r")
                await first.expect(PROMPT)
                await first.send(PACE)
                await first.expect(b"pace 00000100")
                await absence(daemon, guest)
                await first.expect(b"pace %08d" % (200 + AWAY_SECONDS * 100))
                margin = (await request(daemon, "GET", "vm")).json["stall_margin"]
                status = daemon.run("status", "vm").stdout
                daemon.kill()

            await pass_time(guest)
            daemon.start()
            async with attached(daemon.socket, "?from=0") as second:
                await second.reaches(second.events[0]["offset"] + 1000)

    _, longest = paces(first.received)
    assert AWAY_SECONDS / 2 < longest
    assert (279, 0.024) == (margin["bytes"], margin["seconds"])
    assert margin["fullest"] > 0.9
    assert b"can print 0.024 s while com1d is away" in status
    assert b"a pipe: port gives it 91 s" in status
    heard = set(paces(first.received + second.received)[0])
    assert max(heard) + 1 - len(heard) > AWAY_SECONDS * 50
