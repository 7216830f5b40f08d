"""Promise 1 with every kind of attack side by side, against a daemon with sixteen busy ports.

Each kind on its own has its test where its mechanism has.
"""

import asyncio
import grp
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from time import thread_time

import pytest

from com1d.config import ConsoleConfig, DiscoverConfig, PortAddress, RoleConfig
from com1d.loop.stalls import HoldTimes
from field import attack
from house import PATIENCE, FifoGuest, House, running
from loop.holding import too_long


pytestmark = pytest.mark.one_loop

PORTS = 16
NAMES = [f"c{number:02}" for number in range(PORTS)]
ENTRANTS = next(entry for entry in grp.getgrall() if entry.gr_gid)
"""The group that may open the sockets: any that has a name."""

CALM = "calm"
"""The console of somebody who only works."""

KEYS_A_PRINT = 10
"""Keys that he types until the guests print again."""

PRINTED = (
    b"\x1b[4h" + b"ab\x1b[300b" * 400,
    "\u4e2d".encode() + "\u0301".encode() * 3000,
    b"\n" + b" " * 4096 + b"\x1b[m " * 500,
    b"\x1b[1@\x1b[1P" * 800 + "\u4e2d".encode() * 50,
    b"Kernel panic - not syncing: no init\r\n---[ end Kernel panic - not syncing\r\n" * 60,
    b"\x1b[2J\x1b[HSeaBIOS (version 1.16.2)\r\nBooting from Hard Disk...\r\n" * 60,
    b"\x1b]0;" + b"x" * 8000,
    b"\xff" * 8000,
    b"\x1b" * 8000,
    b"".join(b"\rloading %3d%%" % (n % 101) for n in range(500)),
    b"\r\n" * 4000,
    b"login: Password: " * 400,
    b"\x1b[6n\x1b[c\x1b]11;?\x07" * 500,
    b"x" * 8000,
    b"SAC>?\r\nEVENT: the CMD command is now available.\r\n" * 100,
    "\u202e\u2028\u200b".encode() * 900,
)
"""What the guests print, each something else, again and again."""


@pytest.mark.timeout(500)
@pytest.mark.parametrize("rounds", [2, pytest.param(8, marks=pytest.mark.slow)])
async def test_nothing_holds_the_loop_and_nobody_else_notices(run_dir: Path, rounds: int):
    """All attackers do their worst: the loop goes on, and who works loses no byte and no key."""
    assert {} == await too_long(partial(attacked, rounds=rounds), run_dir)


async def attacked(folder: Path, rounds: int) -> dict[str, float]:
    """Have a daemon attacked, and give the longest hold of its loop."""
    holds = HoldTimes(thread_time)
    for path in (folder, folder.parent):  # the group of the sockets has to come as far as to them
        path.chmod(0o711)
    vms = folder / "vms"
    vms.mkdir()
    os.chown(vms, attack.STRANGER, attack.STRANGER)
    owner = RoleConfig("uid", os.geteuid(), "owner", "*")
    template = ConsoleConfig("", PortAddress("unix", ""), discovered="vms")
    port = free_port()
    async with (
        attackers(folder, 0, port, "hypervisor"),
        running(
            folder, CALM, *NAMES,
            holds=holds, roles=(owner,), control=f"qmp:{folder}/{attack.FLOOD}",
            host={"socket_group": ENTRANTS.gr_name, "metrics": ("127.0.0.1", port)},
            discover=(DiscoverConfig("vms", template, glob=f"{vms}/*/com1.sock"),),
        ) as house,
    ):  # fmt: skip
        with guests(house) as started:
            for name in (*NAMES, CALM):
                await house.up(name)
            holds.longest = 0.0
            kinds = [kind.__name__ for kind in (*attack.STRANGERS, *attack.MEMBERS)]
            async with attackers(folder, rounds, port, *kinds) as processes:
                done = asyncio.gather(*(process.stdout.readline() for process in processes))
                await work(house, started, done)
                longest = holds.longest
                assert all(await done)
            consoles, attendance = house.service.consoles, house.service.attendance
            await house.until(lambda: not attendance.of(0) and not attendance.of(attack.STRANGER))

            assert rounds <= min(consoles[name].seating.began for name in ("c01", "c02"))
            assert all(
                consoles[name].ring.end > 2 * len(text)
                for name, text in zip(NAMES, PRINTED, strict=True)
            )
    return {"all at once": longest}


@contextmanager
def guests(house: House) -> Iterator[dict[str, FifoGuest]]:
    """Start the guests, and give them by their names."""
    started = {name: house.guest(name).start() for name in (*NAMES, CALM)}
    try:
        yield started
    finally:
        for guest in started.values():
            guest.stop()


@asynccontextmanager
async def attackers(
    folder: Path, rounds: int, port: int, *kinds: str
) -> AsyncIterator[list[Process]]:
    """Run attackers, each a process, until this block ends."""
    about = (str(rounds), str(folder), str(ENTRANTS.gr_gid), str(port))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-S", attack.__file__, kind, *about, stdin=PIPE, stdout=PIPE
        )
        for kind in kinds
    ]
    try:
        if not rounds:
            await processes[0].stdout.readline()
        yield processes
    finally:
        for process in processes:
            process.stdin.close()
        codes = [await process.wait() for process in processes]
    assert {0} == set(codes)


async def work(
    house: House, started: dict[str, FifoGuest], done: "asyncio.Future[list[bytes]]"
) -> None:
    """Type, be echoed, and look at the list, until the attackers have done all that they can."""
    guest = started[CALM]
    number = 0
    async with house.raw(CALM) as (reader, writer):
        await house.until(lambda: house.service.consoles[CALM].seating.active is not None)
        while not done.done():
            key = b"%06d " % number
            writer.write(key)
            assert key == await guest.typed(len(key))
            guest.print(key)
            async with asyncio.timeout(PATIENCE):
                assert key == await reader.readexactly(len(key))
            if not number % KEYS_A_PRINT:
                assert 200 == (await house.get("/v1/consoles?set=none")).status
                for name, text in zip(NAMES, PRINTED, strict=True):
                    started[name].print_some(text)
            number += 1
        assert 0 == house.service.consoles[CALM].seating.lost


def free_port() -> int:
    """Give a TCP port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
