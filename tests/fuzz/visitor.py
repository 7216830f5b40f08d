"""A client of `com1.v1` in a real daemon with a guest on real FIFOs.

Only its bytes do not come through a socket: the daemon is handed them, and has dealt with them when
the call returns.
"""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from com1d import wire
from com1d.clients.opening import handshake
from com1d.clients.websocket import WebSocketClient
from com1d.errors import PROBLEMS, InternalError
from com1d.sessions.session import Session, new_number
from com1d.wire.words import Mode
from fuzz.sockets import CALLER, LOOP, OPENING, pair, take
from house import House, running


FAST = 4_000_000
"""Baud: no input waits for the line."""


class Host:
    """The daemon that all visits go to, below the working directory."""

    def __init__(self) -> None:
        folder = Path.cwd() / "d"
        shutil.rmtree(folder, ignore_errors=True)
        self._context = running(folder, "a", baud=FAST, pipe_size=1 << 20)
        self.house: House = LOOP.run_until_complete(self._context.__aenter__())
        self.house.service.chronicle.log.level = "error"
        self.guest = self.house.guest("a").start()
        LOOP.run_until_complete(self.house.up("a"))
        self.wrong: list[dict[str, Any]] = []
        LOOP.set_exception_handler(lambda _, context: self.wrong.append(context))

    @property
    def held(self) -> int:
        """What unfinished messages take in the daemon."""
        return self.house.service.budget.used


class Visit:
    """One attachment, from its opening to its end."""

    def __init__(self, host: Host) -> None:
        self._host = host
        service = host.house.service
        protocol, _ = handshake(OPENING, wire.SUBPROTOCOL)
        ours, self._theirs = pair()
        self._protocol = ClientProtocol(parse_uri("ws://x/"), state=OPEN, max_size=None)
        console = self._console = service.consoles["a"]
        session = Session(new_number(), "a", CALLER, Mode.ACTIVE, WebSocketClient.via)
        session.cursor = console.ring.end
        self._client = WebSocketClient(
            ours.detach(), session, service.poller, console.seating, console.log, protocol,
            service.budget, service.lingering,
        )  # fmt: skip
        console.seating.attach(session, self._client)

    @property
    def gone(self) -> bool:
        """Whether the daemon has closed the connection."""
        return self._client._closed

    async def sends(self, data: bytes) -> None:
        """Let the daemon read `data`, and do what follows from it at once."""
        self._client._receive(data)
        await asyncio.sleep(0)

    async def leaves(self) -> None:
        """Go, if not sent away before. What came were frames, and refusals have known codes."""
        self._protocol.receive_data(take(self._theirs))
        for frame in self._protocol.events_received():
            if isinstance(frame, Frame) and frame.opcode is Opcode.TEXT:
                code = json.loads(bytes(frame.data)).get("code")
                assert code is None or code == "paste-stopped" or code in PROBLEMS
                assert code != InternalError.code
        self._theirs.close()
        self._client.abandon()
        await asyncio.sleep(0)
        self._console.input.cancel("the next visit begins")
        self._host.guest.typed_now()
        assert ((), None) == (self._console.seating.audience, self._console.seating.active)
        assert 0 == self._host.held
        assert [] == self._host.wrong
