"""What targets need to talk to a connection of the daemon inside one process, without waiting."""

import asyncio
import socket
from collections.abc import Callable

from com1d.access.peer import Caller
from com1d.core.access.policy import Peer


CALLER = Caller(Peer(0, 0, frozenset(), "root"), pid=1, command="fuzz")

OPENING = (
    b"GET /v1/consoles/a/attach HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: com1.v1\r\n\r\n"
)
"""The request that begins a session."""

LOOP = asyncio.new_event_loop()
"""One for all inputs: making one costs more than most inputs."""


class Hub:
    """Stands for the poller: it calls when it is told to, and keeps its books strictly."""

    def __init__(self) -> None:
        self.heard: dict[int, Callable[[int], None]] = {}

    def add(self, fd: int, _events: int, callback: Callable[[int], None]) -> None:
        assert fd not in self.heard, "polled twice"
        self.heard[fd] = callback

    def modify(self, fd: int, _events: int) -> None:
        assert fd in self.heard, "modified, but not polled"

    def remove(self, fd: int) -> None:
        del self.heard[fd]


def pair() -> tuple[socket.socket, socket.socket]:
    """Give two ends of one connection; neither blocks."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    return ends


def take(end: socket.socket) -> bytes:
    """Give all that has arrived."""
    got = b""
    try:
        while data := end.recv(65536):
            got += data
    except (BlockingIOError, ConnectionError):
        pass
    return got


def pieces(data: bytes) -> list[bytes]:
    """Cut `data` behind its first byte, which says into how long pieces; 0 leaves it whole."""
    size = (data[0] if data else 0) or max(1, len(data))
    return [data[start : start + size] for start in range(1, len(data), size)]
