"""Promise 1 with every kind of attack side by side, against a daemon with sixteen busy ports.

Each kind on its own has its test where its mechanism has.
"""

import asyncio
import grp
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import thread_time

import pytest

from com1d.config import RoleConfig
from com1d.loop.stalls import HoldTimes
from field import attack
from house import FifoGuest, House, running
from loop.holding import too_long


pytestmark = pytest.mark.one_loop

PORTS = 16
NAMES = [f"c{number:02}" for number in range(PORTS)]
ENTRANTS = next(entry for entry in grp.getgrall() if entry.gr_gid)
"""The group that may open the sockets: any that has a name."""

CALM, KEYS = "calm", 200
"""The console of somebody who only works, and how often he types."""

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


@pytest.mark.parametrize("rounds", [5, pytest.param(40, marks=pytest.mark.slow)])
async def test_nothing_holds_the_loop_and_nobody_else_notices(run_dir: Path, rounds: int):
    """All attackers do their worst: the loop goes on, and who works loses no byte and no key."""
    assert {} == await too_long(partial(attacked, rounds=rounds), run_dir)


async def attacked(folder: Path, rounds: int) -> dict[str, float]:
    """Have a daemon attacked, and give the longest hold of its loop."""
    holds = HoldTimes(thread_time)
    let_in(folder)
    owner = RoleConfig("uid", os.geteuid(), "owner", "*")
    host = {"socket_group": ENTRANTS.gr_name}
    async with running(folder, CALM, *NAMES, holds=holds, roles=(owner,), host=host) as house:
        with guests(house) as printing:
            for name in (*NAMES, CALM):
                await house.up(name)
            noise = [asyncio.create_task(repeat(*one)) for one in printing]
            holds.longest = 0.0
            codes, _ = await asyncio.gather(attackers(folder, rounds), work(house))
            longest = holds.longest
            assert {0} == set(codes)
            began = [house.service.consoles[name].seating.began for name in ("c01", "c02")]
            assert rounds <= min(began)
            for task in noise:
                task.cancel()
            await asyncio.wait(noise)
        assert all(task.cancelled() for task in noise)
    return {"all at once": longest}


def let_in(folder: Path) -> None:
    """Have the group of the sockets come as far as to them."""
    for path in (folder, folder.parent):
        path.chmod(0o711)


@contextmanager
def guests(house: House) -> Iterator[list[tuple[FifoGuest, bytes]]]:
    """Start the guests that print, and give what each prints."""
    started = [house.guest(name).start() for name in (*NAMES, CALM)]
    try:
        yield list(zip(started[:PORTS], PRINTED, strict=True))
    finally:
        for guest in started:
            guest.stop()


async def repeat(guest: FifoGuest, text: bytes) -> None:
    """Print without an end, somewhat over what a serial line carries."""
    while True:
        await guest.print_all(text)
        await asyncio.sleep(0.2)


async def attackers(folder: Path, rounds: int) -> list[int]:
    """Run all attackers to their end, each a process."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-S", attack.__file__, kind.__name__, str(rounds), str(folder),
            str(ENTRANTS.gr_gid),
        )
        for kind in (*attack.STRANGERS, *attack.MEMBERS)
    ]  # fmt: skip
    return [await process.wait() for process in processes]


async def work(house: House) -> None:
    """Type, be echoed, and look at the list meanwhile."""
    guest = house.guest(CALM).start()
    async with house.raw(CALM) as (reader, writer):
        await house.until(lambda: house.service.consoles[CALM].seating.active is not None)
        for number in range(KEYS):
            key = b"%04d " % number
            writer.write(key)
            assert key == await guest.typed(len(key))
            guest.print(key)
            assert key == await reader.readexactly(len(key))
            if not number % 20:
                assert 200 == (await house.get("/v1/consoles")).status
        assert 0 == house.service.consoles[CALM].seating.lost
    guest.stop()
