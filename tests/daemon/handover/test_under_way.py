"""What is under way while the daemon is exchanged goes on: pastes, held keys, half of a frame."""

import asyncio
import json
import os

import pytest
from websockets.asyncio.client import unix_connect
from websockets.frames import Frame, Opcode

from daemon.handover.process import Daemon, made, pipe, serving
from house import PATIENCE, FifoGuest


pytestmark = pytest.mark.one_loop


class Echo:
    """A guest that echoes each byte, as slowly as a real one."""

    def __init__(self, guest: FifoGuest) -> None:
        self._guest = guest
        self.typed = b""

    async def live(self) -> None:
        while True:
            data = self._guest.typed_now()
            self.typed += data
            if data:
                self._guest.print(data.replace(b"\r", b"\r\n# "))
            await asyncio.sleep(0.02)


@pytest.fixture
async def daemon(run_dir):
    (run_dir / "guests").mkdir()
    async with serving(run_dir, pipe(run_dir, "web01", 'guest = "linux"')) as daemon:
        yield daemon


@pytest.fixture
async def guest(daemon):
    await made(daemon.folder / "guests" / "web01.out")
    guest = daemon.guest("web01").start()
    await daemon.connected("web01")
    yield guest
    guest.stop()


async def upgraded(daemon: Daemon) -> None:
    answer = await daemon.upgrade()
    assert 200 == answer.status, answer.body


async def heard(events: list, name: str) -> dict:
    async with asyncio.timeout(PATIENCE):
        while True:
            for event in events:
                if event.get("event") == name:
                    return event
            await asyncio.sleep(0.01)


async def keep(connection, events: list) -> None:
    """Append each event as it comes."""
    while True:
        message = await connection.recv()
        if isinstance(message, str):
            events.append(json.loads(message))


TEXT = "".join(f"echo line {number} of a paste\r" for number in range(12))


async def test_a_verified_paste_of_a_session_ends_verified(daemon, guest):
    """Every character is typed once, and the session is told that the guest has shown them all."""
    echo, events = Echo(guest), []
    async with daemon.attach("web01") as session:
        tasks = [asyncio.create_task(echo.live()), asyncio.create_task(keep(session, events))]
        await session.send(json.dumps({"op": "paste", "text": TEXT, "verify": True}))
        await heard(events, "paste")
        await upgraded(daemon)
        async with asyncio.timeout(PATIENCE):
            while not any(event.get("verified") == len(TEXT) for event in events):
                await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()

    assert TEXT.encode() == echo.typed


async def test_a_paste_of_a_request_is_answered_once(daemon, guest):
    """Its client waits over the exchange, and gets the one answer from the other process."""
    echo = Echo(guest)
    living = asyncio.create_task(echo.live())
    body = json.dumps({"text": TEXT, "verify": True}).encode()
    asking = asyncio.create_task(daemon.request("POST", "/v1/consoles/web01/paste", body))
    async with asyncio.timeout(PATIENCE):
        while not echo.typed:
            await asyncio.sleep(0.01)
    await upgraded(daemon)
    answer = await asking
    living.cancel()

    assert (200, len(TEXT), TEXT.encode()) == (answer.status, answer.json["verified"], echo.typed)


async def test_held_keys_are_held_on(daemon, guest):
    """They are pressed until the guest's state changes, whichever process presses them."""
    body = json.dumps({"keys": ["F8"], "hold": True}).encode()
    asking = asyncio.create_task(daemon.request("POST", "/v1/consoles/web01/keys", body))
    first = await guest.typed(1)
    await upgraded(daemon)
    await guest.typed(20)
    guest.print(b"\r\nDebian GNU/Linux 12 web01 ttyS0\r\n\r\nweb01 login: ")
    answer = await asking

    assert (b"\x1b", 200, "login") == (first, answer.status, answer.json["until"])
    assert 5 <= answer.json["pressed"]


async def test_half_of_a_frame_is_not_lost(daemon, guest):
    """A client that was torn in the middle of a message, of its head even, is understood.

    One whose lengths are longer than they need be is no other.
    """
    frame = Frame(Opcode.BINARY, b"x" * 300).serialize(mask=True)
    overlong = b"\x82\xff" + (3).to_bytes(8) + bytes(4) + b"abc"
    for cut in (1, 3, 7, 100):
        async with daemon.attach("web01") as session:
            transport = session.transport
            transport.write(overlong + frame[:cut])
            await upgraded(daemon)
            transport.write(frame[cut:])
            assert b"abc" + b"x" * 300 == await guest.typed(303)


async def test_half_of_a_request_is_answered(daemon, guest):
    """A request that has come in part, and a connection that waits for the next one, go on."""
    del guest
    reader, writer = await asyncio.open_unix_connection(str(daemon.api))
    request = b"GET /v1/consoles/web01 HTTP/1.1\r\nHost: c\r\n\r\n"
    writer.write(request[:20])
    await upgraded(daemon)
    writer.write(request[20:])
    first = await reader.readuntil(b"}\n")
    await upgraded(daemon)
    writer.write(request)
    second = await reader.readuntil(b"}\n")
    writer.close()

    assert [b"HTTP/1.1 200"] * 2 == [first[:12], second[:12]]


async def test_an_event_stream_goes_on(daemon, guest):
    """A subscriber hears what happens after the exchange, over the connection that it has."""
    del guest
    events: list = []
    url = "ws://com1d/v1/events"
    async with unix_connect(str(daemon.api), url, compression=None) as stream:
        task = asyncio.create_task(keep(stream, events))
        await upgraded(daemon)
        async with daemon.attach("web01"):
            began = await heard(events, "session.began")
        task.cancel()

    assert "web01" == began["console"]


async def test_the_seat_and_the_queue_stay(daemon, guest):
    """The active session is still active, who waits is next, and a newer one preempts."""
    async with (
        daemon.attach("web01") as first,
        daemon.attach("web01", "?wait=true") as second,
    ):
        events: list = []
        task = asyncio.create_task(keep(second, events))
        await heard(events, "waiting")
        await upgraded(daemon)
        await first.send(b"first\r")
        typed = await guest.typed(6)
        shown = await daemon.shown("web01")
        await first.close()
        await heard(events, "seated")
        await second.send(b"second\r")
        typed += await guest.typed(7)
        task.cancel()

    assert b"first\rsecond\r" == typed
    assert 1 == len(shown["waiting"])


async def test_scrollback_and_log_go_on_at_the_right_offset(daemon, guest):
    """What was printed before and after is one stream, in memory and on the disk."""
    guest.print(b"before\r\n")
    await upgraded(daemon)
    guest.print(b"after\r\n")
    await upgraded(daemon)
    async with daemon.attach("web01", "?replay=1000") as session:
        async with asyncio.timeout(PATIENCE):
            seen = b""
            while len(seen) < 15:
                message = await session.recv()
                seen += message if isinstance(message, bytes) else b""
    log = await daemon.get("/v1/consoles/web01/log")

    assert (b"before\r\nafter\r\n",) * 2 == (seen, log.body)


async def told_why_not(daemon: Daemon) -> str:
    answer = await daemon.upgrade()
    assert 503 == answer.status
    assert daemon.first.pid == daemon.pid
    return answer.json["detail"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("uvloop.py", "raise ImportError('no such library')", "has ended"),
        ("com1d.toml", "[daemon]\nbaud = 1\n", "baud"),
    ],
)
async def test_a_version_that_cannot_start_changes_nothing(daemon, guest, name, text, why):
    """The running daemon goes on, with every session, and says why."""
    async with daemon.attach("web01") as session:
        path = daemon.folder / name
        before = path.read_text() if path.exists() else None
        path.write_text(text)
        detail = await told_why_not(daemon)
        await session.send(b"still here\r")
        typed = await guest.typed(11)
        if before is None:
            path.unlink()
        else:
            path.write_text(before)
        await upgraded(daemon)
        await session.send(b"and now\r")
        typed += await guest.typed(8)

    assert why in detail
    assert b"still here\rand now\r" == typed


async def test_the_audit_has_who_had_it_exchanged(daemon, guest):
    """The process that has taken over writes it into the same chain."""
    del guest
    await upgraded(daemon)
    path = daemon.folder / "log" / "audit.jsonl"
    async with asyncio.timeout(PATIENCE):
        while b'"upgrade"' not in path.read_bytes():
            await asyncio.sleep(0.01)
    acts = [json.loads(line) for line in path.read_text().splitlines()]

    assert [os.getuid()] == [each["uid"] for each in acts if each.get("verb") == "upgrade"]
    assert [1] == [each["consoles"] for each in acts if each["event"] == "daemon.upgraded"]
    assert list(range(1, len(acts) + 1)) == [each["seq"] for each in acts]
