"""`/v1/events`, end to end."""

import asyncio
import json
import socket

from websockets.asyncio.client import unix_connect

from com1d.api import events as streams
from house import PATIENCE, running


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
        stuck.send(
            b"GET /v1/events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await house.until(lambda: len(house.service.events) == 1)
        while len(house.service.events):
            async with house.raw("web01"):
                await house.until(lambda: house.service.sessions)
            await house.until(lambda: not house.service.sessions)
        stuck.close()
