"""Users of the soak: raw and WebSocket clients that check each byte, with little of a processor.

The WebSocket is our own: eight thousand frames a second are too many for a library's coroutines
beside the daemon on two cores.
"""

import asyncio
import json
import struct
from typing import Any, TypeVar, cast

from hosts.soak.stream import WORD, WORDS, Checker


API = "/run/com1d/com1d.sock"
OPENING = (
    "GET {path} HTTP/1.1\r\nHost: com1d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LONG = 126
"""From this length on it takes two bytes more, or, if it is one more, eight."""

AnyUser = TypeVar("AnyUser", bound="User")


class User(asyncio.Protocol):
    """A connection that has to stay, and what has come over it."""

    transport: asyncio.Transport

    def __init__(self, checker: Checker | None) -> None:
        self.checker = checker
        self.closed = ""
        """Why it was closed: empty as long as it is not."""
        self.typed = 0
        self.events: list[dict[str, Any]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is of no class of asyncio

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = self.closed or f"closed: {exc}"

    def type(self) -> None:
        """Type the next word."""
        self.send(WORDS[self.typed : self.typed + len(WORD % 0)])
        self.typed += len(WORD % 0)

    def heard(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("event") == name]

    def send(self, data: bytes) -> None:
        self.transport.write(data)


class Raw(User):
    """On a raw socket."""

    def data_received(self, data: bytes) -> None:
        assert self.checker is not None
        self.checker.check(data)


class WebSocket(User):
    """On the API's socket: a console's stream, or events."""

    def __init__(self, path: str, checker: Checker | None, more: str = "") -> None:
        super().__init__(checker)
        self._path = path
        self._more = more
        self._data = b""
        self._open = False
        self.bytes = bytearray()
        """What has come, where nobody checks it at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.write(OPENING.format(path=self._path, more=self._more).encode())

    def send(self, data: bytes, kind: int = BINARY) -> None:
        length = struct.pack(">BH", 0x80 | LONG, len(data))
        if len(data) < LONG:
            length = bytes([0x80 | len(data)])
        self.transport.write(bytes([0x80 | kind]) + length + bytes(4) + data)

    def ask(self, **operation: object) -> None:
        self.send(json.dumps(operation).encode(), TEXT)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._open:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            self._data, self._open = rest, True
            if b" 101 " not in head[:16]:
                self.closed = f"refused: {head[:200]!r}"
        self._frames()

    def _frames(self) -> None:
        data, at = self._data, 0
        while len(data) - at >= 2:
            kind, length, head = data[at] & 15, data[at + 1], 2
            if length >= LONG:
                head = 4 if length == LONG else 10
                if len(data) - at < head:
                    break
                length = int.from_bytes(data[at + 2 : at + head], "big")
            if len(data) - at < head + length:
                break
            self._frame(kind, data[at + head : at + head + length])
            at += head + length
        self._data = data[at:]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == BINARY and self.checker is not None:
            self.checker.check(payload)
        elif kind == BINARY:
            self.bytes += payload
        elif kind == TEXT:
            self._event(json.loads(payload))
        elif kind == CLOSE:
            self.closed = f"closed with {payload!r}"
        elif kind == PING:
            self.send(payload, PONG)

    def _event(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event.get("event") == "lost" and self.checker is not None:
            self.checker.skip(event["bytes"])


def attach(name: str, checker: Checker | None, query: str = "") -> WebSocket:
    """Give a WebSocket client of a console."""
    more = "Sec-WebSocket-Protocol: com1.v1\r\n"
    return WebSocket(f"/v1/consoles/{name}/attach?replay=none{query}", checker, more)


async def connect(user: AnyUser, path: str = API) -> AnyUser:
    await asyncio.get_running_loop().create_unix_connection(lambda: user, path)
    return user
