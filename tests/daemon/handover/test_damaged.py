"""A daemon that finds what it can make nothing of: it is put aside and told, and the log is right.

The daemon is restarted and killed for each damage, as a real one would be, and lives on with what
that has left.
"""

import asyncio
import os
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from com1d import wire
from com1d.daemon.handover.form import FORMAT, decode, encode
from com1d.loop.memory import CURSORS, FRONT_BYTES, SLATE_BYTES, WORDS_BYTES
from daemon.handover.manager import Manager, managing_guest
from daemon.handover.process import Daemon
from daemon.handover.test_killed import farewell
from house import PATIENCE, FifoGuest, events, read_bytes


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(1200)]

LINE = b"line %08d\r\n"

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 34))]
"""Of each kind of damage one place in CI, and 200 in all in the slow run."""


# -- what is done to a state ------------------------------------------------------------------


def flipped(state: bytes, chance: random.Random) -> bytes:
    """Turn one bit, anywhere."""
    damaged = bytearray(state)
    damaged[chance.randrange(len(state))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def zeroed(state: bytes, chance: random.Random) -> bytes:
    """Make a part of it zeros, as after a page that was never written."""
    place = chance.randrange(len(state))
    end = min(len(state), place + chance.randrange(1, 4096))
    return state[:place] + bytes(end - place) + state[end:]


def torn(state: bytes, chance: random.Random) -> bytes:
    """End it too early."""
    return state[: chance.randrange(len(state))]


def foreign(_state: bytes, chance: random.Random) -> bytes:
    """Put something else in its place: no text, or another program's."""
    return chance.choice([chance.randbytes(4096), b'{"version": 1}', b"com1d-state 1\n{}"])


def reformed(state: bytes, chance: random.Random) -> bytes:
    """Give it a format of a version to come."""
    to_come = chance.randrange(FORMAT + 1, 999999)
    return state.replace(b"com1d-state %d " % FORMAT, b"com1d-state %d " % to_come, 1)


def shortened(state: bytes, chance: random.Random) -> bytes:
    """Have it without one of its parts, each of which is whole."""
    places = [one.start() for one in re.finditer(rb"com1d-state \d+ [0-9a-f]{64} ", state)]
    gone = chance.randrange(len(places))
    return state[: places[gone]] + state[[*places, len(state)][gone + 1] :]


def bent(state: bytes, chance: random.Random) -> bytes:
    """Have a needed value of another kind, or not at all, and a checksum that fits."""
    tree = decode(state)
    place, key = chance.choice(list(needed(tree)))
    if isinstance(place, dict) and chance.random() < 0.5:
        del place[key]
    else:
        place[key] = "x" if not isinstance(place[key], str) else 7
    return encode(tree)


def needed(tree: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Give places of a state without which nothing can be gone on with."""
    console = tree["consoles"]["web01"]
    session = console["seating"]
    return [
        *((tree, key) for key in ("version", "number", "consoles", "vault", "at", "hello", "http")),
        *((tree, key) for key in ("holds", "tally", "logs", "doors", "events", "lingering", "end")),
        *((console, key) for key in ("ring", "log", "watch", "traffic", "keeper", "counts")),
        *((console["ring"], key) for key in ("capacity", "base", "end")),
        *((session, key) for key in session),
    ]


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [
    flipped, zeroed, torn, foreign, reformed, shortened, bent,
]  # fmt: skip


# -- the house --------------------------------------------------------------------------------


class Tried:
    """A daemon whose console prints a line in each round, and the client that reads it."""

    def __init__(self, manager: Manager, daemon: Daemon, guest: FifoGuest) -> None:
        self.manager = manager
        self.daemon = daemon
        self._guest = guest
        self.printed = b""

    def prints(self) -> bytes:
        line = LINE % (len(self.printed) // len(LINE % 0))
        self._guest.print(line)
        self.printed += line
        return line

    @asynccontextmanager
    async def attached(self) -> AsyncIterator[Any]:
        async with self.daemon.attach("web01") as session:
            await events(session, "replayed")
            line = self.prints()
            assert line == await read_bytes(session, len(line))
            yield session

    async def over(self, end: Awaitable[None]) -> tuple[int, int | None]:
        """Have a client see an `end`, and the daemon serve again; give what the client was told."""
        async with self.attached() as session:
            await end
            self.daemon = await self.manager.begin()
            told = await farewell(session)
        await self.serves()
        return told

    def right(self, offset: int | None) -> bool:
        """Say whether a client was told no other offset than its own, a line before the end."""
        return offset in (None, len(self.printed) - len(LINE % 0))

    async def serves(self) -> None:
        """See that a line which is printed now has the offset that it should have."""
        await self.daemon.connected("web01")
        self.prints()
        async with asyncio.timeout(PATIENCE):
            while (offset := (await self.daemon.shown("web01"))["offset"]) < len(self.printed):
                await asyncio.sleep(0.01)
        assert len(self.printed) == offset
        assert self.printed == (await self.daemon.get("/v1/consoles/web01/log")).body

    def unread(self) -> list[str]:
        facts = self.daemon.facts()
        return [fact["reason"] for fact in facts if fact["event"] == "state.unread"]


@asynccontextmanager
async def tried(folder: Path) -> AsyncIterator[Tried]:
    async with managing_guest(folder) as serving:
        house = Tried(*serving)
        yield house
        await house.manager.end(house.daemon, "stop")


def rewrite(memory: int, state: bytes) -> None:
    os.ftruncate(memory, 0)
    os.pwrite(memory, state, 0)


def content(memory: int) -> bytes:
    return os.pread(memory, os.fstat(memory).st_size, 0)


# -- what is promised -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_damaged_state_is_put_aside(run_dir, seed):
    """Clients are told to come back, the log goes on at its offset, and the daemon serves."""
    chance, aside = random.Random(seed), run_dir / "state" / "state.refused"
    written: list[bytes] = []
    async with tried(run_dir) as house:
        for number, damage in enumerate(DAMAGES, 1):

            async def damaged(damage=damage) -> None:
                await house.manager.end(house.daemon, "restart")
                memory = house.manager.kept["com1d-state"]
                rewrite(memory, damage(content(memory), chance))
                written.append(content(memory))

            code, offset = await house.over(damaged())

            assert (wire.CLOSE_RESTARTING, True) == (code, house.right(offset)), damage.__name__
            assert written[-1] == aside.read_bytes(), damage.__name__
            assert "com1d-state" not in house.manager.kept, damage.__name__
            assert number == len(house.unread()), (damage.__name__, house.unread())


# -- what is done to what a killed process has left -------------------------------------------


def head(manager: Manager, chance: random.Random) -> str:
    """Turn a bit of the ring's numbers."""
    turn_bit(manager, chance.randrange(24), chance)
    return ""


def slates(manager: Manager, chance: random.Random) -> str:
    """Turn a bit of both slates, so that none is whole."""
    for slate in (WORDS_BYTES, WORDS_BYTES + SLATE_BYTES):
        turn_bit(manager, slate + chance.randrange(300), chance)
    return "nothing is written in it, or it is damaged"


def size(manager: Manager, chance: random.Random) -> str:
    """Cut its end off, or some of its front."""
    memory = manager.kept["web01/scrollback"]
    os.ftruncate(memory, chance.choice([0, FRONT_BYTES - 1, FRONT_BYTES]))
    return ""  # too small for a ring, or for its slate already


def another(manager: Manager, chance: random.Random) -> str:
    """Have another memory by its name."""
    os.close(manager.kept["web01/scrollback"])
    manager.kept["web01/scrollback"] = os.memfd_create("another")
    os.ftruncate(manager.kept["web01/scrollback"], FRONT_BYTES + chance.randrange(1, 9999))
    return "nothing is written in it, or it is damaged"


def turn_bit(manager: Manager, place: int, chance: random.Random) -> None:
    memory = manager.kept["web01/scrollback"]
    byte = os.pread(memory, 1, place)[0] ^ 1 << chance.randrange(8)
    os.pwrite(memory, bytes([byte]), place)


LEAVINGS: list[Callable[[Manager, random.Random], str]] = [head, slates, size, another]


async def on_the_disk(folder: Path, count: int) -> None:
    """Wait until the log has so many bytes on the disk."""
    async with asyncio.timeout(PATIENCE):
        while sum(raw.stat().st_size for raw in (folder / "log" / "web01").glob("*.raw")) < count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_damaged_memory_is_put_aside(run_dir, seed):
    """After a kill -9, a console whose memory is damaged begins anew from its log."""
    chance, aside = random.Random(seed), run_dir / "state" / "web01.refused"
    reasons: list[str] = []
    async with tried(run_dir) as house:
        for number, damage in enumerate(LEAVINGS, 1):

            async def damaged(damage=damage) -> None:
                await house.manager.kept_is("web01/scrollback", "web01/line/out")
                await on_the_disk(run_dir, len(house.printed))
                await house.manager.killed(house.daemon)
                reasons.append(damage(house.manager, chance))

            code, offset = await house.over(damaged())

            assert code in (wire.CLOSE_RESTARTING, 1006), damage.__name__
            assert house.right(offset), damage.__name__
            assert number == len(house.unread()), (damage.__name__, house.unread())
            assert f"web01: {reasons[-1]}" in house.unread()[-1], damage.__name__
            assert aside.exists(), damage.__name__
            aside.unlink()


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_damaged_cursor_is_not_told(run_dir, seed):
    """Where a client's place is not certain, it hears the end alone, and goes by what it has."""
    chance = random.Random(seed)
    async with tried(run_dir) as house:

        async def damaged() -> None:
            await house.manager.kept_is("web01/scrollback", "web01/client/1/websocket")
            turn_bit(house.manager, CURSORS[0] * 8 + chance.randrange(16), chance)
            await house.manager.killed(house.daemon)

        assert (1006, None) == await house.over(damaged())
        assert [] == house.unread()
