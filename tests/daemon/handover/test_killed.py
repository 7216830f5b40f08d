"""A daemon that is killed: ports, doors and scrollbacks go on, and clients come back by offset."""

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from itertools import pairwise

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from com1d import wire
from daemon.handover.manager import Manager, managing_guest
from daemon.handover.numbered import LINE, Guest
from daemon.handover.test_upgrade import cancelled, caught_up, printed_on
from house import PATIENCE, events, read_bytes


pytestmark = pytest.mark.one_loop

ROOMY = 'scrollback = "4MiB"\n'
"""What is printed while there is no daemon comes at once; on a busy machine that is much."""


async def farewell(session) -> tuple[int, int | None]:
    """Read to the end; give the close code, and the offset that was told."""
    offset = None
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionClosed):
            while True:
                message = await session.recv()
                said = json.loads(message) if isinstance(message, str) else {}
                if said.get("event") == "restarted":
                    offset = said["offset"]
    return session.close_code, offset


async def observed(daemon, name) -> None:
    """Wait until somebody observes: a raw client is told nothing of it."""
    async with asyncio.timeout(PATIENCE):
        while not (await daemon.shown(name))["observers"]:
            await asyncio.sleep(0.01)


async def test_a_client_comes_back_where_it_was(run_dir):
    """Scrollback, offset and port are those of before; what was printed meanwhile follows."""
    async with managing_guest(run_dir) as (manager, daemon, guest), AsyncExitStack() as stack:
        session = await stack.enter_async_context(daemon.attach("web01"))
        raw = await stack.enter_async_context(daemon.raw("web01.observe"))
        await events(session, "replayed")
        await observed(daemon, "web01")
        guest.print(b"before\r\n")
        assert b"before\r\n" == await read_bytes(session, 8)
        assert b"before\r\n" == await raw[0].readexactly(8)
        await manager.kept_is("web01/scrollback", "web01/line/out", "web01/client/1/websocket")

        await manager.killed(daemon)
        guest.print(b"meanwhile\r\n")
        heir = await manager.begin()
        told = await farewell(session)
        words = await raw[0].read()
        again = await stack.enter_async_context(heir.attach("web01", f"?from={told[1]}"))
        missed = await read_bytes(again, 11)
        whole = await stack.enter_async_context(heir.attach("web01", "?mode=observe&from=0"))
        everything = await read_bytes(whole, 19)
        shown = await heir.shown("web01")
        await manager.end(heir, "stop")

    assert (wire.CLOSE_RESTARTING, 8) == told
    assert b"com1d was restarted" in words
    assert b"meanwhile\r\n" == missed
    assert b"before\r\nmeanwhile\r\n" == everything
    assert (19, True) == (shown["offset"], shown["connected"])


ONE_READ = 65536
"""Bytes: what was read from a port in the moment of a kill, and not stored, is missing at most."""


class Returning:
    """A WebSocket client that is told to come back, and goes on with what it has counted."""

    def __init__(self, heir, name: str) -> None:
        self._heir = heir
        self._name = name
        self.data = bytearray()
        self.told: list[tuple[int, int | None]] = []
        """At each end: what it had counted, and what it was told."""

    async def live(self) -> None:
        """Observe, until cancelled."""
        while True:
            query = f"?mode=observe&from={len(self.data)}"
            try:
                async with self._heir.attach(self._name, query) as on:
                    told = await self._read(on)
            except (OSError, InvalidHandshake):  # killed while it let us in
                await asyncio.sleep(0.01)
            else:
                self.told.append((len(self.data), told))

    async def _read(self, on) -> int | None:
        """Read to the end; give the offset that was told."""
        told = None
        with suppress(ConnectionClosed):
            while True:
                message = await on.recv()
                if isinstance(message, bytes):
                    self.data += message
                elif '"restarted"' in message:
                    told = json.loads(message)["offset"]
        return told


async def crashes(daemon, name) -> list[int]:
    """Give the offsets at which the log says that the daemon was killed."""
    answer = await daemon.get(f"/v1/consoles/{name}/log?from=0&times=true")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    return [line["offset"] for line in lines if line.get("mark") == "crash"]


async def marked(daemon, guests, count: int) -> list[list[int]]:
    """Wait until the logs have so many of these: what is noted is on the disk 0.2 s later."""
    async with asyncio.timeout(PATIENCE):
        while True:
            marks = [await crashes(daemon, guest.name) for guest in guests]
            if min(map(len, marks)) >= count:
                return marks
            await asyncio.sleep(0.01)


def lost_at(data: bytes, whole: bytes, marks: list[int]) -> list[int]:
    """Give how many bytes are missing at each mark. Between two of them, none may be."""
    place, lost = 0, []
    for begin, end in pairwise([0, *marks, len(data)]):
        found = whole.find(data[begin:end], place)
        assert found >= 0, data[begin:end][-200:]
        lost.append(found - place)
        place = found + end - begin
    assert place == len(whole)
    return lost


@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.timeout(1200)
async def test_killed_again_and_again_no_byte_is_doubled_or_lost_in_silence(run_dir, kills):
    """On every kind of port, clients go on at the byte where they were."""
    (run_dir / "guests").mkdir()
    kinds = ["pipe", "unix", "listen", "pty", "serial", "tcp"]
    guests = [Guest(kind, run_dir, f"{kind}01") for kind in kinds]
    async with AsyncExitStack() as stack:
        for guest in guests:
            stack.callback(guest.close)
        manager = Manager(run_dir, *(guest.table + ROOMY for guest in guests))
        stack.callback(manager.close)
        joining = [asyncio.create_task(guest.join()) for guest in guests]
        daemon = await manager.begin()
        await asyncio.gather(*joining)
        await daemon.connected(*(guest.name for guest in guests))
        await manager.kept_is(*(f"{guest.name}/scrollback" for guest in guests))
        users = [Returning(daemon, guest.name) for guest in guests]
        readers = [asyncio.create_task(user.live()) for user in users]
        printing = [asyncio.create_task(guest.live()) for guest in guests]
        for kill in range(kills):
            await printed_on(users, [*readers, *printing])
            await marked(daemon, guests, kill)
            daemon = await manager.kill(daemon)
        await printed_on(users, [*readers, *printing])
        await cancelled(printing)
        for guest in guests:
            await guest.finish()
        shown = [await daemon.shown(guest.name) for guest in guests]
        await caught_up(users, guests)
        marks = await marked(daemon, guests, kills)
        await cancelled(readers)
        await manager.end(daemon, "stop")

    for guest, user, at in zip(guests, users, marks, strict=True):
        whole = b"".join(LINE % number for number in range(guest.printed))
        assert kills == len(at), guest.kind
        assert max(lost_at(bytes(user.data), whole, at)) <= ONE_READ, guest.kind
        assert all(told in (None, counted) for counted, told in user.told), (guest.kind, user.told)
    assert any(told is not None for user in users for _, told in user.told)
    assert [True] * len(guests) == [each["connected"] for each in shown]
