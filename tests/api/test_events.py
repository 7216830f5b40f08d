"""`/v1/events`, end to end."""

import asyncio
import contextlib
import json
import socket

from websockets.asyncio.client import unix_connect

from com1d import wire
from com1d.api import events as streams
from com1d.api import heartbeat
from com1d.telemetry import facts
from house import PATIENCE, running


OPENING = (
    b"GET /v1/events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def test_what_happens_is_told_as_it_happens(run_dir):
    """A subscriber sees the port come up, a session begin and end, each with its console."""
    async with running(run_dir, "web01") as house:
        uri = "ws://com1d/v1/events"
        async with unix_connect(str(house.api), uri, compression=None) as subscriber:
            guest = house.guest("web01").start()
            await house.up("web01")
            async with house.raw("web01"):
                await house.until(lambda: house.service.sessions)
            seen = []
            async with asyncio.timeout(PATIENCE):
                while len(seen) < 3:
                    seen.append(json.loads(await subscriber.recv()))
        guest.stop()

    assert ["port.came_up", "session.began", "session.ended"] == [e["event"] for e in seen]
    assert {"web01"} == {event["console"] for event in seen}
    assert all(event["at"].endswith("Z") for event in seen)


async def test_a_subscriber_that_does_not_read_is_closed(run_dir, monkeypatch):
    """Events are never dropped in silence: who is too slow for them is cut off."""
    monkeypatch.setattr(streams, "QUEUE_EVENTS", 4)
    async with running(run_dir, "web01") as house:
        stuck = socket.socket(socket.AF_UNIX)
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        stuck.connect(str(house.api))
        stuck.send(OPENING)
        await house.until(lambda: len(house.service.events) == 1)
        while len(house.service.events):
            async with house.raw("web01"):
                await house.until(lambda: house.service.sessions)
            await house.until(lambda: not house.service.sessions)
        stuck.close()


async def test_a_flood_of_events_is_served_in_slices(run_dir):
    """More subscribers than a turn serves, and more events than a batch has: each gets all."""
    async with running(run_dir, "web01") as house, contextlib.AsyncExitStack() as stack:
        uri = "ws://com1d/v1/events"
        subscribers = [
            await stack.enter_async_context(unix_connect(str(house.api), uri, compression=None))
            for _ in range(streams.SLICE * 2 + 1)
        ]
        await house.until(lambda: len(house.service.events) == len(subscribers))
        count = streams.BATCH * 3 + 1
        for number in range(count):
            house.service.record(facts.PortWentDown("web01", "pipe:/p", str(number), 0))
        async with asyncio.timeout(PATIENCE):
            for subscriber in subscribers:
                got = [json.loads(await subscriber.recv())["reason"] for _ in range(count)]
                assert [str(number) for number in range(count)] == got


async def test_what_a_user_may_see_is_looked_up_once(run_dir, monkeypatch):
    """However many streams he has, and however much happens there."""
    looked: list[str] = []

    def viewer(_caller):
        def sees(console):
            looked.append(console)
            return console == "web01"

        return sees

    async with running(run_dir, "web01") as house, contextlib.AsyncExitStack() as stack:
        monkeypatch.setattr(house.service.access, "viewer", viewer)
        uri = "ws://com1d/v1/events"
        subscribers = [
            await stack.enter_async_context(unix_connect(str(house.api), uri, compression=None))
            for _ in range(5)
        ]
        await house.until(lambda: len(house.service.events) == 5)
        for name in ("web01", "hidden", "web01"):
            house.service.record(facts.PortWentDown(name, "pipe:/p", "gone", 0))
        async with asyncio.timeout(PATIENCE):
            for subscriber in subscribers:
                told = [json.loads(await subscriber.recv())["console"] for _ in range(2)]
                assert ["web01", "web01"] == told

    assert ["hidden", "web01"] == sorted(looked)


async def test_a_subscriber_whose_roles_are_taken_away_has_to_go(run_dir):
    """What he may see is looked up anew when roles change, and he is closed if that is nothing."""
    async with running(run_dir, "web01") as house:
        uri = "ws://com1d/v1/events"
        async with unix_connect(str(house.api), uri, compression=None) as subscriber:
            await house.until(lambda: len(house.service.events) == 1)
            house.service.events.judge_again(lambda _: None)
            async with asyncio.timeout(PATIENCE):
                await subscriber.wait_closed()

            assert wire.CLOSE_FORBIDDEN == subscriber.close_code


async def test_a_subscriber_that_answers_no_ping_is_closed(run_dir, monkeypatch):
    """Who reads and answers stays; who only holds a connection has to go."""
    monkeypatch.setattr(heartbeat, "PING_SECONDS", 0.05)
    async with running(run_dir, "web01") as house:
        uri = "ws://com1d/v1/events"
        async with unix_connect(str(house.api), uri, compression=None) as alive:
            await house.until(lambda: len(house.service.events) == 1)
            stuck = socket.socket(socket.AF_UNIX)
            stuck.connect(str(house.api))
            stuck.send(OPENING)
            await house.until(lambda: len(house.service.events) == 2)
            await house.until(lambda: len(house.service.events) == 1)
            seen = stuck.recv(65536)
            stuck.close()
            assert wire.CLOSE_TOO_SLOW.to_bytes(2) + b"no answer to a ping" in seen
            await (await alive.ping())
