"""A connection to `com1d.sock`: heads, bodies, keep-alive, pipelining, upgrades."""

import asyncio
import os
from typing import Any

from com1d import wire
from com1d.access.gateway import speaker
from com1d.api.connection import RECEIVE_BYTES, HttpConnection
from com1d.api.door import Bodies, Door
from com1d.api.messages import (
    BODY_BYTES,
    HEAD_BYTES,
    Request,
    Response,
    Upgrade,
    as_json,
    json_object,
)
from com1d.audit.entry import sizes
from com1d.clients.opening import handshake
from com1d.errors import PROBLEMS
from com1d.loop.poller import IN
from fuzz.sockets import CALLER, LOOP, OPENING, Hub, pair, pieces, take


STATUSES = {101, 200} | {kind.status for kind in PROBLEMS.values()}

SEEDS = (
    b"\0GET /v1/consoles HTTP/1.1\r\nHost: com1d\r\n\r\n",
    b"\0GET /v1/consoles/web%2001?replay=boot&wait=true HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\0GET / HTTP/1.1\r\nHost: x\r\nCom1d-User: b\r\nCom1d-Groups: a\r\nCom1d-Mfa: true\r\n\r\n",
    b"\x07GET /a HTTP/1.1\r\nHost: x\r\n\r\nPUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b'\0POST /v1/consoles/a/keys HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{"keys":["F8"]}',
    b"\x20POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"\0" + OPENING,
    b"\0HEAD / HTTP/1.0\r\n\r\n",
    b"\0PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
)


def target(data: bytes) -> None:
    """Expect known answers or an end, bounded memory, and no mistake of our own."""
    LOOP.run_until_complete(_talk(pieces(data)))


async def _talk(sent: list[bytes]) -> None:
    ours, theirs = pair()
    hub: Any = Hub()
    wrong, ends, bodies = [], [], Bodies()
    connection = HttpConnection(
        ours, CALLER, Door(_answer, bodies), hub,
        failed=lambda _, error: wrong.append(error), gone=ends.append,
    )  # fmt: skip
    answers = b""
    with theirs:
        for piece in sent:
            if ends:
                break
            theirs.send(piece)
            hub.heard[ours.fileno()](IN)
            while connection._task is not None and not ends:  # an answer is on its way
                await asyncio.sleep(0)
                answers += take(theirs)
            assert len(connection._body) <= BODY_BYTES + RECEIVE_BYTES
            assert len(connection._h11.trailing_data[0]) <= HEAD_BYTES + RECEIVE_BYTES
        connection.close()
        answers += take(theirs)
    await asyncio.sleep(0)
    assert ([], {}, 1, 0) == (wrong, hub.heard, len(ends), bodies.used)
    if answers:
        version, status, _ = answers.split(b" ", 2)
        assert version == b"HTTP/1.1"
        assert int(status) in STATUSES


async def _answer(request: Request) -> Response | Upgrade:
    """Do what the API does with a request before it looks at any console."""
    caller = speaker(request.caller, request.claims, frozenset({0}))
    if request.head:
        _, reply = handshake(request.head, wire.SUBPROTOCOL)
        return Upgrade(reply, os.close)
    details = sizes(json_object(request.body)) if request.method == "POST" else {}
    return as_json([caller.user, request.path, request.query, details])
