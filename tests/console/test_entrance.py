"""The raw sockets of a console: who connects attaches, or reads one line why not."""

import asyncio
import stat

from house import PATIENCE, running


async def first_line(house, name: str) -> bytes:
    async with house.raw(name) as (reader, _), asyncio.timeout(PATIENCE):
        return await reader.read()


async def test_two_sockets_for_each_console(run_dir):
    """One for the active session and one for observers, for the owner and the group alone."""
    async with running(run_dir, "web01") as house:
        for name, mode in (("web01", "active"), ("web01.observe", "observers")):
            path = house.socket(name)
            assert stat.S_ISSOCK(path.stat().st_mode)
            assert 0 == path.stat().st_mode & stat.S_IRWXO
            async with house.raw(name):
                console = house.service.consoles["web01"]
                await house.until(lambda: house.service.sessions == 1)
                shown = console.seating.describe()
                assert shown["active" if mode == "active" else "observers"]
            await house.until(lambda: not house.service.sessions)


async def test_refused_in_one_line(run_dir):
    """With the code, and nothing more to read."""
    async with running(run_dir, "web01") as house:
        house.service.board.turn_off("web01", "an owner")
        said = await first_line(house, "web01")

    assert said.startswith(b"com1d: console-disabled: ")
    assert 1 == said.count(b"\r\n")


async def test_too_many_clients(run_dir):
    """Over the bound one is told so, and those who are in stay."""
    async with running(run_dir, "web01", max_clients=1) as house, house.raw("web01.observe"):
        await house.until(lambda: house.service.sessions == 1)
        assert (await first_line(house, "web01")).startswith(b"com1d: too-many-clients: ")
        assert 1 == house.service.sessions


async def test_in_the_order_in_which_they_came(run_dir):
    """Who connected last is the one that is active."""
    async with running(run_dir, "web01") as house:
        pairs = [await asyncio.open_unix_connection(str(house.socket("web01"))) for _ in range(5)]
        seating = house.service.consoles["web01"].seating
        await house.until(lambda: seating.began == 5 and house.service.sessions == 1)
        for reader, _ in pairs[:-1]:
            assert b"preempted by" in await reader.read()
        pairs[-1][1].write(b"still here")
        await pairs[-1][1].drain()
        for _, writer in pairs:
            writer.close()
        await house.until(lambda: not house.service.sessions)


async def test_a_console_that_goes_takes_its_sockets_with_it(run_dir):
    """There is nothing to connect to."""
    async with running(run_dir, "web01") as house:
        await house.service.roster.remove(["web01"])
        assert not house.socket("web01").exists()
        assert not house.socket("web01.observe").exists()
