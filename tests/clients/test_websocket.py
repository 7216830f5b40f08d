"""`com1.v1`, end to end."""

import asyncio
import json
import socket

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from com1d.clients import unfinished
from house import PATIENCE, close, events, read_bytes, running


OPENING = (
    b"GET /v1/consoles/web01/attach HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Protocol: com1.v1\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

KEY = b"\x82\x81" + bytes(4) + b"x"
"""A frame with a key in it."""


async def test_first_attached_then_the_backlog_then_replayed(run_dir):
    """An attach begins with who and where one is, and marks where the backlog ends."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(b"booted long ago\r\n")
        await house.until(lambda: house.service.consoles["web01"].ring.end == 17)

        async with house.attach("web01") as client:
            seen, stream = await events(client, "replayed")

            assert ["attached", "replayed"] == [event["event"] for event in seen]
            assert b"booted long ago\r\n" == stream
            attached = seen[0]
            assert ("active", 17, 17, 0) == tuple(
                attached[key] for key in ("mode", "offset", "replay", "boot")
            )
            assert "root" == attached["user"]
            assert "com1.v1" == client.subprotocol

            guest.print(b"now")
            await client.send(b"typed")
            assert b"now" == await read_bytes(client, 3)
            assert b"typed" == await guest.typed(5)
        guest.stop()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", b"0123456789"),
        ("?replay=4", b"6789"),
        ("?replay=none", b""),
        ("?replay=boot", b"0123456789"),
        ("?from=7", b"789"),
        ("?from=99999", b""),
    ],
)
async def test_replay(run_dir, query: str, expected: bytes):
    """How much of the backlog comes is the client's choice."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(b"0123456789")
        await house.until(lambda: house.service.consoles["web01"].ring.end == 10)

        async with house.attach("web01", query) as client:
            _, stream = await events(client, "replayed")

        assert expected == stream
        guest.stop()


async def test_preempted_by_whom_and_when(run_dir):
    """The earlier session gets an event and close code 4001; the newer one types."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as first:
            await events(first, "replayed")
            async with house.attach("web01") as second:
                seen, _ = await events(first, "preempted")
                with pytest.raises(ConnectionClosed) as closed:
                    await first.recv()
                await second.send(b"x")
                assert b"x" == await guest.typed(1)

        assert "root" == seen[-1]["by"]
        assert seen[-1]["at"].endswith("Z")
        assert 4001 == closed.value.rcvd.code
        guest.stop()


async def test_preempt_false_is_a_plain_refusal(run_dir):
    """With `preempt=false` the answer is 409 `busy` naming the holder, and he is undisturbed."""
    async with running(run_dir, "web01") as house, house.attach("web01") as holder:
        await events(holder, "replayed")

        with pytest.raises(InvalidStatus) as refused:
            async with house.attach("web01", "?preempt=false"):
                pass

        problem = json.loads(refused.value.response.body)
        assert (409, "busy", "root") == (
            refused.value.response.status_code, problem["code"], problem["by"]
        )  # fmt: skip
        assert holder.close_code is None


async def test_a_session_that_a_network_left_behind(run_dir):
    """Who comes back takes over his own session, by its number, and nobody else's."""
    async with running(run_dir, "web01") as house, house.attach("web01") as left:
        seen, _ = await events(left, "replayed")
        number = seen[0]["session"]
        for wrong in (number + 1, "99999999999999999999"):
            with pytest.raises(InvalidStatus):
                async with house.attach("web01", f"?preempt={wrong}"):
                    pass
        async with house.attach("web01", f"?preempt={number}") as back:
            seen, _ = await events(back, "replayed")
            assert "active" == seen[0]["mode"]
            assert "preempted" == (await events(left, "preempted"))[0][-1]["event"]


async def test_a_ping_is_answered_behind_the_output(run_dir):
    """An observer may ask as well; what was printed before comes before the answer."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01", "?mode=observe&replay=none") as client:
            await events(client, "replayed")
            await guest.print_all(b"first")
            await house.until(lambda: house.service.consoles["web01"].ring.end == 5)
            await client.send(json.dumps({"op": "ping"}))
            seen, data = await events(client, "pong")
        assert ([{"event": "pong"}], b"first") == (seen, data)
        guest.stop()


async def test_observers_see_all_and_cannot_type(run_dir):
    """Any number of observers get the stream; what one types is refused with a reason."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with (
            house.attach("web01", "?mode=observe") as one,
            house.attach("web01", "?mode=observe") as two,
            house.attach("web01") as active,
        ):
            await one.send(b"nope")
            seen, _ = await events(one, "input-refused")
            guest.print(b"to all")
            await active.send(b"yes")

            assert b"yes" == await guest.typed(3)
            for client in (one, two, active):
                assert b"to all" == await read_bytes(client, 6)
        assert ("forbidden", 4) == (seen[-1]["code"], seen[-1]["bytes"])
        guest.stop()


async def test_the_session_outlives_the_vm(run_dir):
    """VM gone and back: `port-down` after its last byte, `port-up`, and typing goes on."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as client:
            await events(client, "replayed")
            guest.print(b"bye")
            guest.stop()
            seen, stream = await events(client, "port-down")
            assert b"bye" == stream
            assert 3 == seen[-1]["offset"]

            await client.send(b"lost?")
            refused, _ = await events(client, "input-refused")
            assert "not-running" == refused[-1]["code"]

            guest = house.guest("web01").start()
            await events(client, "port-up")
            guest.print(b"again")
            await client.send(b"hi")
            assert b"again" == await read_bytes(client, 5)
            assert b"hi" == await guest.typed(2)
        guest.stop()


async def test_a_client_that_does_not_read_loses_an_exact_count(run_dir):
    """A stuck client costs nothing, slows nobody, and learns to the byte what it missed."""
    size = 8 << 20
    stream = bytes(range(251)) * (size // 251)
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01", "?mode=observe") as good:
            await events(good, "replayed")
            stuck = socket.socket(socket.AF_UNIX)
            stuck.connect(str(house.api))
            stuck.setblocking(False)
            stuck.send(UPGRADE)
            await house.until(lambda: house.service.sessions == 2)

            printing = asyncio.create_task(guest.print_all(stream))
            assert stream == await read_bytes(good, len(stream))
            await printing

            got, lost = await drain(stuck, len(stream))
            stuck.close()
        assert len(stream) == len(got) + sum(count for _, count in lost)
        assert lost
        assert pieces(stream, lost) == got
        guest.stop()


UPGRADE = (
    b"GET /v1/consoles/web01/attach?replay=none HTTP/1.1\r\nHost: com1d\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: com1.v1\r\n\r\n"
)


async def drain(sock: socket.socket, total: int) -> tuple[bytes, list[tuple[int, int]]]:
    """Read frames until `total` bytes are received or lost; losses as (received before, count)."""
    loop = asyncio.get_running_loop()
    buffer, got, lost = b"", b"", []
    async with asyncio.timeout(PATIENCE):
        while b"\r\n\r\n" not in buffer:
            buffer += await loop.sock_recv(sock, 65536)
        buffer = buffer.partition(b"\r\n\r\n")[2]
        while len(got) + sum(count for _, count in lost) < total:
            while (frame := cut(buffer)) is None:
                buffer += await loop.sock_recv(sock, 1 << 20)
            opcode, payload, buffer = frame
            if opcode == 2:
                got += payload
            elif (event := json.loads(payload))["event"] == "lost":
                lost.append((len(got), event["bytes"]))
    return got, lost


def cut(buffer: bytes) -> tuple[int, bytes, bytes] | None:
    """Cut the first unmasked frame off, RFC 6455 section 5.2."""
    if len(buffer) < 4:
        return None
    length, start = buffer[1], 2
    if length == 126:
        length, start = int.from_bytes(buffer[2:4], "big"), 4
    if len(buffer) < start + length:
        return None
    return buffer[0] & 15, buffer[start : start + length], buffer[start + length :]


def pieces(stream: bytes, lost: list[tuple[int, int]]) -> bytes:
    """Take the lost stretches out of the stream."""
    kept, position, received = b"", 0, 0
    for before, count in lost:
        kept += stream[position : position + before - received]
        position += before - received + count
        received = before
    return kept + stream[position:]


def masked(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """Make a client's frame, with the mask 0."""
    head = bytes([(128 if fin else 0) | opcode])
    if len(payload) < 126:
        head += bytes([128 | len(payload)])
    elif len(payload) < 65536:
        head += bytes([128 | 126]) + len(payload).to_bytes(2, "big")
    else:
        head += bytes([128 | 127]) + len(payload).to_bytes(8, "big")
    return head + bytes(4) + payload


async def open_by_hand(
    house, query: bytes = b"?replay=none"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_unix_connection(str(house.api))
    writer.write(UPGRADE.replace(b"?replay=none", query))
    async with asyncio.timeout(PATIENCE):
        await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def close_code(reader: asyncio.StreamReader) -> int:
    """Read to the end and give the code of the close frame."""
    async with asyncio.timeout(PATIENCE):
        buffer = await reader.read()
    while (frame := cut(buffer)) is not None:
        opcode, payload, buffer = frame
        if opcode == 8:
            return int.from_bytes(payload[:2], "big")
    return 0


async def test_fragmented_messages_are_put_together(run_dir):
    """A message in three frames, with a ping between, is one message."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        _, writer = await open_by_hand(house)

        writer.write(masked(2, b"one ", fin=False) + masked(0, b"two ", fin=False))
        writer.write(masked(9, b"ping") + masked(0, b"three"))

        assert b"one two three" == await guest.typed(13)
        await close(writer)
        guest.stop()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x82\x05hello", 1002),  # unmasked
        (masked(3, b"reserved opcode"), 1002),
        (masked(0, b"nothing to continue"), 1002),
        (masked(9, b"x" * 126), 1002),  # a control frame is at most 125 bytes long
        (b"\x82\xff" + (1 << 32).to_bytes(8, "big"), 1009),
        (masked(8, (1000).to_bytes(2, "big")), 1000),
    ],
)
async def test_broken_frames_close_their_own_connection(run_dir, frame: bytes, code: int):
    """A client that breaks the protocol is told by the close code; nothing reaches the guest."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        reader, writer = await open_by_hand(house)

        writer.write(frame)

        assert code == await close_code(reader)
        await close(writer)
        await house.until(lambda: not house.service.sessions)
        assert b"" == guest.typed_now()
        assert 0 == house.service.budget.used
        guest.stop()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "bad-request"),
        ("[1, 2]", "bad-request"),
        ("{}", "bad-request"),
        ('{"op": 7}', "bad-request"),
        ('{"op": "dance"}', "unsupported"),
        ("[" * 100_000, "bad-request"),
    ],
)
async def test_operations_that_cannot_be_understood(run_dir, message: str, code: str):
    """A text frame that is no operation is refused with a code, and the session goes on."""
    async with running(run_dir, "web01") as house, house.attach("web01") as client:
        await client.send(message)
        seen, _ = await events(client, "input-refused")
        await client.ping()

    assert code == seen[-1]["code"]


async def test_unfinished_messages_share_a_budget(run_dir):
    """Of many clients with half a message each, those that hold most are closed."""
    async with running(run_dir, "web01") as house:
        house.service.budget.limit = 8_000
        clients = []
        for size in (500, 3_000, 3_000, 3_000):
            reader, writer = await open_by_hand(house, b"?mode=observe")
            writer.write(masked(2, b"x" * size, fin=False))
            clients.append((reader, writer))
        await house.until(lambda: house.service.sessions < 4)
        for _, writer in clients:
            writer.write_eof()
        codes = [await close_code(reader) for reader, _ in clients]
        for _, writer in clients:
            await close(writer)
        await house.until(lambda: not house.service.sessions)

        assert [0, 1009] == sorted(set(codes))
        assert (0, 1) == (codes[0], codes.count(1009))
        assert 0 == house.service.budget.used


@pytest.mark.parametrize("opcode", [1, 2])
async def test_an_observer_says_little(run_dir, opcode: int):
    """A message over 4 KiB of one that has no seat closes it, whole or in fragments."""
    async with running(run_dir, "web01") as house:
        codes = []
        for message in (
            masked(opcode, b"x" * 4097),
            masked(opcode, b"x" * 4096, fin=False) + masked(0, b"x"),
        ):
            reader, writer = await open_by_hand(house, b"?mode=observe")
            writer.write(message)
            codes.append(await close_code(reader))
            await close(writer)

    assert [1009, 1009] == codes


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("[" * 4000, "bad-request"),
        ('{"op":"paste","text":"ver"}', "forbidden"),
        ('{"op":"nosuch"}', "forbidden"),
    ],
)
async def test_an_observers_operation_is_refused(run_dir, sent: str, code: str):
    """Who may not type is told so, and stays."""
    async with running(run_dir, "web01") as house, house.attach("web01", "?mode=observe") as client:
        await client.send(sent)
        seen, _ = await events(client, "input-refused")
        await client.ping()

    assert code == seen[-1]["code"]


async def test_a_message_that_is_never_whole(run_dir, monkeypatch):
    """A client that leaves a message unfinished is closed, and told why by the code."""
    monkeypatch.setattr(unfinished, "MESSAGE_SECONDS", 0.01)
    async with running(run_dir, "web01") as house:
        codes = []
        for begun in (masked(2, b"x", fin=False), masked(2, b"half of this")[:9]):
            reader, writer = await open_by_hand(house, b"?mode=observe")
            writer.write(begun)
            codes.append(await close_code(reader))
            await close(writer)

    assert [1008, 1008] == codes


async def test_a_megabyte_is_told_how_long_it_is(run_dir):
    """A paste far over the limit is no protocol error: its length is counted, escapes and all."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as client:
            await client.send(json.dumps({"op": "paste", "text": "\r\né😀" * 50_000}))
            seen, _ = await events(client, "input-refused")
            await client.send(b"on")
            assert b"on" == await guest.typed(2)
        guest.stop()

    assert ("paste-too-long", 150_000) == (seen[-1]["code"], seen[-1]["characters"])


async def test_pings_nobody_reads_the_answers_of(run_dir):
    """A client that floods pings and never reads is cut off, not buffered for."""
    async with running(run_dir, "web01") as house:
        _, writer = await open_by_hand(house)
        flood = masked(9, b"x" * 125) * 1000
        try:
            for _ in range(1000):
                writer.write(flood)
                await writer.drain()
        except (ConnectionResetError, BrokenPipeError):
            pass
        await house.until(lambda: not house.service.sessions)
        await close(writer)


async def test_who_types_while_he_is_sent_away_gets_no_error(run_dir):
    """What he types then goes nowhere, and he reads why: RFC 6455 section 7.1.1."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        reader, writer = await asyncio.open_unix_connection(str(house.api))
        writer.write(OPENING)
        await house.until(lambda: house.service.sessions == 1)
        await house.request("POST", "/v1/consoles/web01/disconnect")
        assert 0 == house.service.sessions
        for _ in range(20):
            writer.write(KEY)
            await writer.drain()
        assert (4004).to_bytes(2) + b"disconnected by root" in await reader.read()
        assert 1 == len(house.service.lingering)
        assert b"" == guest.typed_now()
        await close(writer)
        await house.until(lambda: not len(house.service.lingering))
        guest.stop()
