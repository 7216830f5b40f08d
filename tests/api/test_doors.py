"""Who may make the daemon hold what: heads, bodies, the metrics port, event streams."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from com1d import wire
from com1d.api.connection import SMALL_BODY, HttpConnection
from com1d.api.door import Bodies, Door
from com1d.api.messages import HEAD_BYTES, Request, Response
from com1d.config import GatewayConfig
from com1d.errors import NotFound
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from house import PATIENCE, close, parse, running


Talk = Callable[[bytes], "Coroutine[Any, Any, bytes]"]


async def answer(request: Request) -> Response:
    """Say how long the body was."""
    return Response(body=b"%d" % len(request.body))


def nobody(_request: Request) -> None:
    """Know nobody who may send a long body."""
    raise NotFound("not you")


@asynccontextmanager
async def talking(door: Door) -> AsyncIterator[Talk]:
    """Serve one connection; what it is sent gives all that it answers until it is closed."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    poller = Poller(asyncio.get_running_loop(), HoldTimes())
    ends: list[HttpConnection] = []
    served = HttpConnection(
        ours, None, door, poller, failed=lambda *_: pytest.fail("a bug"), gone=ends.append
    )
    reader, writer = await asyncio.open_unix_connection(sock=theirs)

    async def talk(data: bytes) -> bytes:
        writer.write(data)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()

    yield talk
    await close(writer)
    served.close()
    poller.close()


def post(length: int, *headers: str) -> bytes:
    """Give the head of a request with a body."""
    lines = ["POST / HTTP/1.1", "Host: x", f"Content-Length: {length}", *headers, "", ""]
    return "\r\n".join(lines).encode()


CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        post(SMALL_BODY + 1),
        post(2 << 20) + b"x" * 3,
        CHUNKED + b"1001\r\n" + b"x" * 0x1001 + b"\r\n",
        CHUNKED + b"1\r\nx\r\n" * (SMALL_BODY + 1),
    ],
    ids=["announced", "begun", "one chunk", "many chunks"],
)
async def test_a_long_body_is_not_read_from_whom_it_may_not_come(request_bytes: bytes):
    """The head is judged first, and nothing of the body is accounted for, or kept."""
    bodies = Bodies()
    async with talking(Door(answer, bodies, nobody)) as talk:
        answered = parse(await talk(request_bytes))

    assert (404, "not-found", 0) == (answered.status, answered.json["code"], bodies.used)


async def test_a_small_body_waits_for_no_judgement():
    """Up to 4 KiB the request is whole before anybody is asked."""
    async with talking(Door(answer, Bodies(), nobody)) as talk:
        raw = await talk(post(SMALL_BODY, "Connection: close") + b"x" * SMALL_BODY)

    assert raw.endswith(b"4096")


async def test_long_bodies_share_one_budget():
    """The one that does not fit any more is refused; what is over gives its share back."""
    bodies = Bodies(10_000)
    door = Door(answer, bodies)
    async with talking(door) as first, talking(door) as second, talking(door) as third:
        waits = asyncio.create_task(first(post(6000) + b"x" * 5999))
        while not bodies.used:
            await asyncio.sleep(0)
        refused = parse(await second(post(6000) + b"x" * 6000))
        waits.cancel()
        assert 5999 == bodies.used
    async with talking(door) as third:
        raw = await third(post(6000, "Connection: close") + b"x" * 6000)

    assert (503, "too-many-clients") == (refused.status, refused.json["code"])
    assert raw.endswith(b"6000")
    assert 0 == bodies.used


@pytest.mark.parametrize(("padding", "status"), [(HEAD_BYTES + 1, 400), (HEAD_BYTES - 200, 200)])
@pytest.mark.parametrize("headers", [1, 60])
async def test_the_bound_on_heads_holds_however_they_arrive(padding: int, status: int, headers):
    """A head of more than 16 KiB is refused, also where it is whole when it is looked at."""
    one = b"X: " + b"y" * (padding // headers - 5) + b"\r\n"
    head = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + one * headers + b"\r\n"
    async with talking(Door(answer, Bodies())) as talk:
        answered = parse(await talk(head))

    assert status == answered.status


async def test_a_body_with_two_lengths_ends_the_connection():
    """The chunks count, and what follows is not read: somebody in between may count otherwise."""
    both = CHUNKED.replace(b"Host: x", b"Host: x\r\nContent-Length: 3") + b"2\r\n{}\r\n0\r\n\r\n"
    async with talking(Door(answer, Bodies())) as talk:
        raw = await talk(both + both)

    assert 1 == raw.count(b"HTTP/1.1 200")
    assert b"onnection: close" in raw


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 2, 200),
        (b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", 400),
        (post(2 << 20), 400),
        (post(0), 400),
    ],
)
async def test_a_door_for_looking_takes_nothing_else(sent: bytes, status: int):
    """One GET or HEAD without a body, one answer, and the connection is closed."""
    async with talking(Door(answer, Bodies(), looks_only=True)) as talk:
        raw = await talk(sent)

    assert status == parse(raw).status
    assert 1 == raw.count(b"HTTP/1.1")


@pytest.mark.parametrize("names", [False, True])
async def test_names_are_on_the_metrics_port_where_they_are_asked_for(run_dir, names: bool):
    """Every local user reaches it, so without `metrics_names` it has sums; the socket has names."""
    asked = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with running(run_dir, "acme", host={"metrics_names": names}) as house:
        ours, theirs = socket.socketpair()
        with ours:
            ours.setblocking(False)
            theirs.setblocking(False)
            house.service.connections.accept_scrape(theirs)
            reader, writer = await asyncio.open_unix_connection(sock=ours)
            writer.write(asked)
            seen = await reader.read()

            assert names == (b"acme" in seen)
            assert b"com1d_received_bytes_total" in seen
            assert b"acme" in (await house.get("/metrics")).body
            writer.close()


OPENING = (
    b"GET /v1/events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


async def test_who_has_no_grant_gets_no_event_stream(run_dir):
    """He is sent away in the same breath, with nothing told and no place taken."""
    async with running(run_dir, "web01", gateways=(GatewayConfig(0),)) as house:
        seen = await house.send_raw(OPENING + b"Com1d-User: nobody\r\n\r\n")
        head, _, frame = seen.partition(b"\r\n\r\n")

        assert head.startswith(b"HTTP/1.1 101 ")
        assert (0x88, wire.CLOSE_FORBIDDEN) == (frame[0], int.from_bytes(frame[2:4]))
        assert 2 + frame[1] == len(frame)
        assert 0 == len(house.service.events)
        await house.until(lambda: not house.service.attendance.of(0))


async def test_a_subscriber_that_says_too_much_is_sent_away(run_dir):
    """A message of more than 4 KiB is never collected: its announcement is enough."""
    async with running(run_dir, "web01") as house:
        reader, writer = await asyncio.open_unix_connection(str(house.api))
        writer.write(OPENING + b"\r\n")
        await house.until(lambda: len(house.service.events) == 1)
        writer.write(b"\x82\xff" + (1 << 20).to_bytes(8) + bytes(4))
        await house.until(lambda: not len(house.service.events))
        await close(writer)
        del reader


async def test_a_switch_is_turned_to_the_end_though_its_client_hangs_up(run_dir):
    """It is in force, everybody is sent away, and it is kept for the next start."""
    async with running(run_dir, *(f"c{n}" for n in range(30))) as house:
        clients = [await house.attach(f"c{n}").__aenter__() for n in range(30)]
        _, writer = await asyncio.open_unix_connection(str(house.api))
        writer.write(b"POST /v1/disable HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        await close(writer)
        await house.until(lambda: not house.service.sessions)
        await asyncio.gather(*(client.wait_closed() for client in clients))
        kept = house.service.board

        await house.until(lambda: kept.state.host is not None)
