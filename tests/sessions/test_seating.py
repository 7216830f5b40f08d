"""Takeover manners: waiting for the seat, asking for it, granting it."""

import asyncio
import json
import os
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from com1d.config import RoleConfig
from com1d.core.session.session import WAITING_MAX
from com1d.tools.audit_check import check
from house import PATIENCE, events, read_bytes, running


def lines(folder: Path) -> list[dict]:
    text = (folder / "log" / "audit.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


async def attached(client) -> dict:
    seen, _ = await events(client, "replayed")
    return seen[0]


async def told(client, event: str) -> dict:
    seen, _ = await events(client, event)
    return seen[-1]


async def closed(client) -> int:
    with suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE):
            async for _ in client:
                pass
    return client.close_code


async def test_a_free_seat_is_had_at_once(run_dir):
    """`wait=true` where nobody is on is an ordinary attach."""
    async with running(run_dir, "web01") as house, house.attach("web01", "?wait=true") as client:
        assert "active" == (await attached(client))["mode"]
        assert [] == (await house.get("/v1/consoles/web01")).json["waiting"]


async def test_who_waits_observes_until_it_is_his_turn(run_dir):
    """He sees the output, is told his place, cannot type, and is seated in the order of coming."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as holder:
            await attached(holder)
            async with (
                house.attach("web01", "?wait=true") as second,
                house.attach("web01", "?wait=true&preempt=false") as third,
            ):
                assert "observe" == (await attached(second))["mode"]
                await attached(third)
                for place, client in ((1, second), (2, third)):
                    event = await told(client, "waiting")
                    assert (place, "root") == (event["place"], event["by"])
                shown = (await house.get("/v1/consoles/web01")).json
                assert (2, []) == (len(shown["waiting"]), shown["observers"])
                await second.send(b"too early")
                assert "forbidden" == (await told(second, "input-refused"))["code"]
                guest.print(b"to all")
                assert b"to all" == await read_bytes(third, 6)

                await holder.close()
                await told(second, "seated")
                assert 1 == (await told(third, "waiting"))["place"]
                await second.send(b"now")
                assert b"now" == await guest.typed(3)
                await second.close()
                await told(third, "seated")
                await third.send(b"at last")
                assert b"at last" == await guest.typed(7)
        guest.stop()

    seated = [line["session"] for line in lines(run_dir) if line["event"] == "session.seated"]
    began = [line["session"] for line in lines(run_dir) if line["event"] == "session.began"]
    assert began[1:] == seated
    assert [] == check(run_dir / "log", run_dir / "state")[1]


async def test_whoever_preempts_passes_those_who_wait(run_dir):
    """The newest still wins; the queue stays and learns for whom it waits now."""
    async with running(run_dir, "web01") as house:
        async with house.attach("web01") as holder, house.attach("web01", "?wait=true") as waiting:
            await attached(holder)
            first = await told(waiting, "waiting")
            async with house.raw("web01"):
                assert 4001 == await closed(holder)
                second = await told(waiting, "waiting")
                assert (1, 1) == (first["place"], second["place"])
                assert first["since"] < second["since"]
            await told(waiting, "seated")


async def test_asked_for_and_granted(run_dir):
    """The holder hears who asks; one word of his hands the seat over, and his session ends."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with (
            house.attach("web01") as holder,
            house.attach("web01", "?wait=true") as patient,
            house.attach("web01", "?request=true") as asking,
        ):
            await attached(holder)
            await told(patient, "waiting")
            assert 2 == (await told(asking, "waiting"))["place"]
            requested = await told(holder, "requested")
            assert "root" == requested["by"]

            await holder.send(json.dumps({"op": "grant"}))

            await told(asking, "seated")
            assert "root" == (await told(holder, "handed-over"))["to"]
            assert 4007 == await closed(holder)
            await asking.send(b"mine")
            assert b"mine" == await guest.typed(4)
            await patient.ping()
        guest.stop()

    found = [line["event"] for line in lines(run_dir) if line.get("session")]
    start = found.index("session.granted")
    assert ["session.granted", "session.ended", "session.seated"] == found[start : start + 3]
    ended = next(line for line in lines(run_dir) if line["event"] == "session.ended")
    assert "handed-over" == ended["outcome"]


async def test_ignored_and_asked_again_of_the_next(run_dir):
    """Who asks goes on waiting; whoever takes over in between is asked, too."""
    async with running(run_dir, "web01") as house:
        async with (
            house.attach("web01") as first,
            house.attach("web01", "?request=true") as asking,
        ):
            number = (await told(first, "requested"))["session"]
            async with house.attach("web01") as second:
                assert number == (await told(second, "requested"))["session"]
                await second.send(json.dumps({"op": "grant", "session": number}))
                await told(asking, "seated")


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"op": "grant"}, "bad-request"),
        ({"op": "grant", "session": 999_999}, "bad-request"),
        ({"op": "grant", "session": "7"}, "bad-request"),
    ],
)
async def test_what_cannot_be_granted(run_dir, operation: dict, code: str):
    """Nobody asks, or not this one: the holder keeps the seat and hears why."""
    async with (
        running(run_dir, "web01") as house,
        house.attach("web01") as holder,
        house.attach("web01", "?wait=true") as waiting,
    ):
        await told(waiting, "waiting")
        await holder.send(json.dumps(operation))
        assert code == (await told(holder, "input-refused"))["code"]
        await waiting.send(json.dumps({"op": "grant"}))
        assert "forbidden" == (await told(waiting, "input-refused"))["code"]
        await holder.ping()


async def test_the_queue_is_bounded(run_dir):
    """One more than the bound is `busy`, naming the holder and how many wait."""
    async with running(run_dir, "web01") as house, AsyncExitStack() as clients:
        for _ in range(WAITING_MAX + 1):
            await clients.enter_async_context(house.attach("web01", "?wait=true"))
        with pytest.raises(InvalidStatus) as refused:
            async with house.attach("web01", "?wait=true"):
                pass
        problem = json.loads(refused.value.response.body)
        assert ("busy", "root") == (problem["code"], problem["by"])
        assert "16 wait for it already" in problem["detail"]


async def test_an_observer_has_nothing_to_wait_for(run_dir):
    """The combination is refused instead of being guessed at."""
    async with running(run_dir, "web01") as house:
        with pytest.raises(InvalidStatus, match="400"):
            async with house.attach("web01", "?mode=observe&wait=true"):
                pass


async def test_waiting_needs_the_role_for_the_seat(run_dir):
    """A reader cannot get to the keyboard by waiting."""
    reader = RoleConfig("uid", os.getuid(), "reader", "*")
    async with running(run_dir, "web01", roles=(reader,)) as house:
        with pytest.raises(InvalidStatus, match="403"):
            async with house.attach("web01", "?wait=true"):
                pass


@pytest.mark.parametrize("path", ["/v1/consoles/web01/disconnect", "/v1/disable"])
async def test_nobody_is_seated_on_the_way_out(run_dir, path: str):
    """When all are sent away at once, those who wait do not get the seat for a moment."""
    async with running(run_dir, "web01") as house:
        async with house.attach("web01") as holder, house.attach("web01", "?wait=true") as waiting:
            await told(waiting, "waiting")
            await house.request("POST", path)
            assert await closed(holder) == await closed(waiting) in (4002, 4004)

    assert "session.seated" not in {line["event"] for line in lines(run_dir)}


async def test_the_seat_outlives_its_first_in_line(run_dir):
    """Who leaves the queue makes everybody behind move up."""
    async with running(run_dir, "web01") as house:
        async with house.attach("web01") as holder:
            await attached(holder)
            async with house.attach("web01", "?wait=true") as last_but_one:
                await told(last_but_one, "waiting")
                async with house.attach("web01", "?wait=true") as last:
                    assert 2 == (await told(last, "waiting"))["place"]
                    await last_but_one.close()
                    assert 1 == (await told(last, "waiting"))["place"]
