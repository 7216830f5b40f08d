"""Crowds at the door: idle, slow, or of nobody in particular. They keep nobody out."""

import asyncio
import socket

from com1d.gateway.door import listener
from com1d.gateway.relay import relays
from gateway.portal import opened
from house import PATIENCE, events


async def test_slow_heads_and_idle_sockets(run_dir, monkeypatch):
    """A thousand sockets that say little keep nobody out, and are gone when their time is over."""
    monkeypatch.setattr(listener, "STRANGER_SECONDS", 1.0)
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        idle = []
        for number in range(1000):
            sock = socket.create_connection(portal.gateway.address)
            sock.setblocking(False)
            if number % 2:
                sock.send(b"GET / HTTP/1.1\r\nHost: ")
            idle.append(sock)
            if number % 100 == 0:
                assert (await browser.get("v1/consoles/vm")).status == 200
                async with portal.browser() as fresh:
                    assert (await fresh.get("session")).status == 401
        await portal.house.until(lambda: all(map(hung_up, idle)))
        for sock in idle:
            sock.close()
        assert (await browser.get("v1/consoles/vm")).status == 200


def hung_up(sock: socket.socket) -> bool:
    try:
        return not sock.recv(65536)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


async def test_sockets_that_asked_once(run_dir, monkeypatch):
    """Whoever asks without signing in has few places, so nobody is kept out by many of them."""
    monkeypatch.setattr(listener, "VISITORS_MAX", 20)
    settings = {"max_connections": 60}
    async with opened(run_dir, "vm", settings=settings) as portal, portal.signed_in() as browser:
        async with browser.stream("v1/consoles/vm/attach") as stream:
            await events(stream, "replayed")
            idle = []
            for number in range(200):
                reader, writer = await asyncio.open_connection(*portal.gateway.address)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                async with asyncio.timeout(PATIENCE):
                    assert b"200 OK" in await reader.readline()
                idle.append(writer)
                if number % 50 == 0:
                    assert (await browser.get("v1/consoles/vm")).status == 200
                    async with portal.signed_in() as fresh:
                        assert (await fresh.get("session")).status == 200
            assert portal.gateway.connections <= 60
            for writer in idle:
                writer.close()
            pong = await stream.ping()
            await asyncio.wait_for(pong, PATIENCE)


OPENING = (
    "GET /v1/consoles/vm/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: com1.v1\r\nOrigin: http://127.0.0.1:8523\r\n\r\n"
)


async def test_streams_of_nobody(run_dir, monkeypatch):
    """A few are told in the stream that one has to sign in; of a crowd, the rest without one."""
    monkeypatch.setattr(relays, "REFUSED_AT_ONCE", 3)
    async with opened(run_dir, "vm") as portal, portal.signed_in() as anna:
        said, crowd = [], []
        for _ in range(5):  # they do not answer the close frame
            reader, writer = await asyncio.open_connection(*portal.gateway.address)
            writer.write(OPENING.encode())
            async with asyncio.timeout(PATIENCE):
                said.append((await reader.readline()).split()[1])
            crowd.append(writer)
        assert [b"101"] * 3 + [b"401"] * 2 == said
        async with anna.stream("v1/consoles/vm/attach") as stream:
            await events(stream, "replayed")
        for writer in crowd:
            writer.close()


async def test_too_many_connections(run_dir):
    """At the bound the next is closed at once; a place that is free is given again."""
    settings = {"max_connections": 20}
    async with opened(run_dir, "vm", settings=settings) as portal, portal.signed_in() as browser:
        streams = []
        for _ in range(18):
            stream = browser.stream("v1/consoles/vm/attach?mode=observe")
            await events(await stream.__aenter__(), "replayed")
            streams.append(stream)
        async with portal.browser() as other:
            await other.get("session")
            assert b"" == await portal.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        for stream in streams:
            await stream.__aexit__(None, None, None)
        async with portal.browser() as other:
            assert (await other.get("session")).status == 401
