"""A trace of a console: the way of its bytes, and that nothing is left of it."""

import asyncio
import json
import os

from com1d.config import RoleConfig
from com1d.console.tracing import Trace
from conftest import open_files
from house import PATIENCE, close, events, read_bytes, running


async def lines(house, path: str):
    """Give the lines of an answer as they come."""
    reader, writer = await asyncio.open_unix_connection(str(house.api))
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE):
            async for line in reader:
                if line.startswith(b"{"):
                    yield json.loads(line)
    finally:
        await close(writer)


async def test_each_piece_with_its_readers(run_dir):
    """Offset, size, gear, and how long arrival, ring and each reader took; all in the total."""
    told: list[dict] = []
    async with running(run_dir, "a") as house:
        guest, console = house.guest("a").start(), house.service.consoles["a"]
        await house.up("a")
        async with house.attach("a", "?mode=observe") as client:
            await events(client, "replayed")
            tracing = Trace(console, house.service.poller, told.append)
            guest.print(b"hello")
            await read_bytes(client, 5)
            await house.until(lambda: told)
            tracing.close()
            guest.print(b"unseen")
            await read_bytes(client, 6)
        guest.stop()

    (piece,) = told
    session, *others = piece["readers"]
    assert (0, 5, "quiet") == (piece["offset"], piece["bytes"], piece["gear"])
    assert session["reader"].endswith("(websocket)")
    assert (True, 0) == (session["written"], session["behind"])
    assert {"log", "state"} == {reader["reader"] for reader in others}
    steps = piece["wait_us"] + piece["ring_us"] + sum(one["us"] for one in piece["readers"])
    assert 0 < steps <= piece["total_us"] + 1


async def test_without_a_trace_nothing_is_paid(run_dir):
    """Before and after one the intake calls the same functions; no descriptor is left."""
    async with running(run_dir, "a") as house:
        guest, console = house.guest("a").start(), house.service.consoles["a"]
        await house.up("a")
        before, files = console.fanout.takers, open_files()
        tracing = Trace(console, house.service.poller, print)
        assert console.fanout.is_traced
        assert before != console.fanout.takers
        tracing.close()
        tracing.close()

        assert before == console.fanout.takers
        assert files == open_files()
        assert not console.fanout.is_traced
        guest.stop()


async def test_a_line_that_ends_is_let_go(run_dir):
    """A trace holds no line open, and follows the next one."""
    told: list[dict] = []
    async with running(run_dir, "a") as house:
        guest, console = house.guest("a").start(), house.service.consoles["a"]
        await house.up("a")
        tracing = Trace(console, house.service.poller, told.append)
        guest.stop()
        await house.until(lambda: not console.connected)
        guest.start()
        await house.up("a")
        guest.print(b"again")
        await house.until(lambda: told)
        tracing.close()
        guest.stop()

    assert 5 == told[0]["bytes"]


async def test_a_client_that_is_behind(run_dir):
    """What its socket did not take is told, and when it had it."""
    told: list[dict] = []
    async with running(run_dir, "a", scrollback=1 << 22) as house:
        guest, console = house.guest("a").start(), house.service.consoles["a"]
        await house.up("a")
        reader, writer = await asyncio.open_unix_connection(
            str(house.socket("a").with_name("a.observe.sock")), limit=1024
        )
        await house.until(lambda: console.seating.audience)
        tracing = Trace(console, house.service.poller, told.append)
        await guest.print_all(bytes(2 << 20))
        await house.until(lambda: console.ring.end == 2 << 20)
        late = [one for piece in told for one in piece.get("readers", ()) if one.get("behind")]
        async with asyncio.timeout(PATIENCE):
            await reader.readexactly(2 << 20)
        await house.until(lambda: any("late" in one for one in told))
        tracing.close()
        await close(writer)
        guest.stop()

    assert late


async def test_the_answer_has_an_end(run_dir):
    """It begins with what it is, has each piece, and ends with the number that it missed."""
    async with running(run_dir, "a") as house:
        guest, console = house.guest("a").start(), house.service.consoles["a"]
        await house.up("a")
        seen = []
        async for line in lines(house, "/v1/consoles/a/trace?seconds=1"):
            seen.append(line)
            if len(seen) == 1:
                assert 409 == (await house.get("/v1/consoles/a/trace")).status
                guest.print(b"x")
        guest.stop()

        assert not console.fanout.is_traced
    assert {"console": "a", "seconds": 1} == seen[0]
    assert [1] == [line["bytes"] for line in seen[1:-1]]
    assert {"missed": 0} == seen[-1]


async def test_a_trace_is_for_owners(run_dir):
    """A contributor is refused; seconds have bounds."""
    roles = (RoleConfig("uid", os.getuid(), "contributor", "*"),)
    async with running(run_dir, "a", roles=roles) as house:
        assert 403 == (await house.get("/v1/consoles/a/trace")).status
    async with running(run_dir, "a") as house:
        for seconds in ("0", "601", "x", ""):
            assert 400 == (await house.get(f"/v1/consoles/a/trace?seconds={seconds}")).status
