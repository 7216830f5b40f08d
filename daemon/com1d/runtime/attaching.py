"""How a WebSocket client attaches: what it asks for, and from where on its stream begins."""

import re
from typing import Protocol

from websockets.server import ServerProtocol

from com1d import wire
from com1d.core.session import Mode
from com1d.errors import BadRequest
from com1d.runtime import admission
from com1d.runtime.console import Console
from com1d.runtime.http import Request, Upgrade
from com1d.runtime.peer import Caller
from com1d.runtime.poller import Poller
from com1d.runtime.websocket import Budget, WebSocketReader, handshake


class House(admission.House, Protocol):
    """What an attach needs of the daemon."""

    poller: Poller
    budget: Budget


async def attach(house: House, caller: Caller, name: str, request: Request) -> Upgrade:
    """Let a client in, or raise the `Problem` that keeps it out."""
    try:
        mode = Mode(request.query.get("mode", "active"))
    except ValueError:
        raise BadRequest('"mode" is "active" or "observe"') from None
    preempt, asks = _flag(request, "preempt", default=True), _flag(request, "request")
    wait = asks or _flag(request, "wait")
    if wait and mode is Mode.OBSERVE:
        raise BadRequest("an observer waits for nothing")

    def check(console: Console) -> tuple[int, ServerProtocol, bytes]:
        console.seating.may_attach(mode, preempt=preempt, wait=wait)
        cursor = _cursor(request, console)
        if not request.head:
            raise BadRequest("attach is a WebSocket: send Upgrade: websocket")
        return cursor, *handshake(request.head, wire.SUBPROTOCOL)

    leave, console, (cursor, protocol, reply) = await admission.admit(
        house, caller, name, mode, WebSocketReader.via, check
    )

    def take(fd: int) -> None:
        reader = WebSocketReader(fd, caller, mode, house.poller, console, protocol, house.budget)
        reader.session = leave.session
        console.seating.attach(reader, cursor=cursor, wait=wait, request=asks)

    return Upgrade(reply, take, leave.drop)


def _flag(request: Request, key: str, *, default: bool = False) -> bool:
    value = request.query.get(key)
    if value is None:
        return default
    if value not in ("true", "false"):
        raise BadRequest(f'"{key}" is "true" or "false"')
    return value == "true"


def _number(text: str, key: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise BadRequest(f'"{key}" is a number of bytes')
    return int(text)


def _cursor(request: Request, console: Console) -> int:
    """Where the stream begins: `from` an absolute offset, or `replay` bytes before the end."""
    ring = console.ring
    if "from" in request.query:
        return min(_number(request.query["from"], "from"), ring.end)
    match request.query.get("replay"):
        case None:
            replay = wire.DEFAULT_REPLAY
        case "none":
            replay = 0
        case "boot":
            return max(console.boot_offset, ring.start)
        case text:
            replay = _number(text, "replay")
    return max(ring.end - replay, ring.start)
