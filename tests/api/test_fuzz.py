"""Whatever is sent to the daemon: an answer or an end, no mistake of its own, nothing to the guest.

One daemon for all examples of a test; what would be a bug shows as a status of 500, as an error in
the loop's handler, or in the guest's keyboard.
"""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from com1d.api import connection
from com1d.clients.websocket import OBSERVER_BYTES
from com1d.config import GatewayConfig
from com1d.core.access.switches import Switches
from com1d.errors import PROBLEMS
from house import PATIENCE, House, events, running


pytestmark = pytest.mark.one_loop

one_daemon = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
async def house(run_dir, monkeypatch) -> AsyncIterator[House]:
    """Run a daemon with a guest, and fail for anything that went wrong inside."""
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)  # half a request is given up that soon
    wrong: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
    async with running(run_dir, "web01", gateways=(GatewayConfig(0),)) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        house.service.board.turn_off(None, "nobody types while this is on")
        yield house
        await house.until(lambda: not house.service.sessions)
        assert b"" == guest.typed_now()
        assert 0 == house.service.budget.used
        guest.stop()
    asyncio.get_running_loop().set_exception_handler(None)
    assert [] == wrong


words = st.sampled_from(
    [
        "v1", "consoles", "web01", "attach", "paste", "keys", "nmi", "enable", "events", "metrics",
        "..", "%2e", "%00", "%ff", "", "web01%2fattach", "é",
    ]
)  # fmt: skip
targets = st.builds(
    lambda parts, query: "/" + "/".join(parts) + query,
    st.lists(words, max_size=5),
    st.sampled_from(
        ["", "?", "?mode=observe", "?replay=-1", "?from=x", "?wait=true&a=b", "?%ff=%"]
    ),
)
names = st.sampled_from(
    [
        "Host", "Connection", "Upgrade", "Content-Length", "Transfer-Encoding", "Expect",
        "Com1d-User", "Com1d-Groups", "Com1d-Mfa", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol", "X",
    ]
)  # fmt: skip
values = st.one_of(
    st.sampled_from(
        ["x", "close", "Upgrade", "websocket", "0", "7", "-1", "chunked", "13", "com1.v1", "true"]
    ),
    st.text(max_size=20),
)
heads = st.builds(
    lambda method, target, version, headers, body: (
        f"{method} {target} {version}\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in headers)
        + "\r\n"
        + body
    ).encode(errors="replace"),
    st.sampled_from(["GET", "POST", "HEAD", "PUT", "", "G\0T"]),
    targets,
    st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2", ""]),
    st.lists(st.tuples(names, values), max_size=8),
    st.sampled_from(["", "{}", '{"text": 7}', '{"keys": [1]}', "[" * 2000, "0\r\n\r\n"]),
)


@one_daemon
@given(st.one_of(heads, st.binary(max_size=200), st.lists(heads, max_size=3).map(b"".join)))
async def test_anything_instead_of_a_request(house, data: bytes):
    """Every answer is a known status, and the next caller is served."""
    raw = await converse(house, data)
    if raw.startswith(b"HTTP/1.1 "):
        status = int(raw.split()[1])
        assert status in {101, 200, *(kind.status for kind in PROBLEMS.values())}
        assert status != 500
    else:
        assert raw == b""
    assert 200 == (await house.get("/v1/consoles")).status


async def converse(house: House, *pieces: bytes) -> bytes:
    """Send everything, say that this was all, and give what comes back until the end."""
    loop, got = asyncio.get_running_loop(), b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as sock:
        async with asyncio.timeout(PATIENCE):
            await loop.sock_connect(sock, str(house.api))
            with suppress(ConnectionError):  # sent away before all was said
                for piece in pieces:
                    await loop.sock_sendall(sock, piece)
                    await asyncio.sleep(0)
                sock.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while data := await loop.sock_recv(sock, 65536):
                    got += data
    return got


UPGRADE = (
    b"GET /v1/consoles/web01/attach?mode=observe&replay=none HTTP/1.1\r\nHost: com1d\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: com1.v1\r\n\r\n"
)


def frame(first: int, masked: bool, length: int | None, payload: bytes) -> bytes:
    """Make a frame, with a length that may be a lie."""
    size = len(payload) if length is None else length
    mask = 128 if masked else 0
    if size < 126:
        head = bytes([first, mask | size])
    elif size < 65536:
        head = bytes([first, mask | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, mask | 127]) + size.to_bytes(8, "big")
    return head + (os.urandom(4) if masked else b"") + payload


frames = st.builds(
    frame,
    st.one_of(
        st.sampled_from([0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A]), st.integers(0, 255)
    ),
    st.sampled_from([True, True, True, False]),
    st.one_of(st.none(), st.integers(0, 1 << 63)),
    st.binary(max_size=200),
)


@one_daemon
@given(st.lists(frames, max_size=6), st.lists(st.integers(1, 50), max_size=5))
async def test_anything_instead_of_frames(house, sent: list[bytes], cuts: list[int]):
    """In whatever pieces it arrives, at most this client is cut off."""
    house.service.board.state = Switches()
    data, pieces = b"".join(sent), []
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]

    assert (await converse(house, UPGRADE, *pieces, data)).startswith(b"HTTP/1.1 101")
    await house.until(lambda: not house.service.sessions)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10))
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
operations = st.one_of(
    json_values.map(json.dumps),
    st.text(max_size=30),
    st.dictionaries(
        st.sampled_from(["op", "text", "keys", "verify", "session"]),
        st.one_of(
            json_values,
            st.sampled_from(["paste", "keys", "cancel", "grant", "F8", ["F8"], "x" * 3000]),
        ),
    ).map(json.dumps),
).filter(lambda operation: len(operation.encode()) <= OBSERVER_BYTES)
"""What an observer may send; what is longer closes his stream."""


@one_daemon
@given(st.lists(operations, max_size=5))
async def test_anything_instead_of_operations(house, sent: list[str]):
    """An observer's operations are all refused with a code that is documented, and he stays."""
    house.service.board.state = Switches()
    async with house.attach("web01", "?mode=observe&replay=none") as client:
        await events(client, "replayed")
        for operation in sent:
            await client.send(operation)
            seen, _ = await events(client, "input-refused")
            assert seen[-1]["code"] in PROBLEMS
        await client.ping()


@one_daemon
@given(
    st.sampled_from(["paste", "keys", "sysrq", "break", "nmi", "enable"]), st.binary(max_size=60)
)
async def test_anything_instead_of_a_body(house, action: str, body: bytes):
    """A body that is no JSON object of the right kind is refused, and nothing is done."""
    house.service.board.turn_off(None, "nobody")
    answer = await house.request("POST", f"/v1/consoles/web01/{action}", body)

    assert answer.status == 200 if action == "enable" else answer.json["code"] in PROBLEMS
