"""How a WebSocket client attaches: what it asks for, and from where on its stream begins."""

import re
from typing import Protocol

from websockets.server import ServerProtocol

from com1d import wire
from com1d.access.peer import Caller
from com1d.api.messages import Request, Upgrade
from com1d.clients.painting import Painted, Painter
from com1d.clients.websocket import Budget, WebSocketReader, handshake
from com1d.console import admission
from com1d.console.console import Console
from com1d.core.screen import COLUMNS, ROWS
from com1d.errors import BadRequest, Problem
from com1d.loop.poller import Poller
from com1d.wire.words import Mode


class House(admission.House, Protocol):
    """What an attach needs of the daemon."""

    poller: Poller
    budget: Budget
    painter: Painter


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
    painted = await _painted(house, caller, name, mode, request)

    def check(console: Console) -> tuple[int, ServerProtocol, bytes]:
        console.seating.may_attach(mode, preempt=preempt, wait=wait)
        cursor = _cursor(request, console, painted)
        if not request.head:
            raise BadRequest("attach is a WebSocket: send Upgrade: websocket")
        return cursor, *handshake(request.head, wire.SUBPROTOCOL)

    leave, console, (cursor, protocol, reply) = await admission.admit(
        house, caller, name, mode, WebSocketReader.via, check
    )

    def take(fd: int) -> None:
        reader = WebSocketReader(fd, caller, mode, house.poller, console, protocol, house.budget)
        reader.session = leave.session
        if painted is not None and painted.ring is console.ring:
            reader.show(painted.data)
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


async def _painted(
    house: House, caller: Caller, name: str, mode: Mode, request: Request
) -> Painted | None:
    """Compute the screen, where that is what the client wants to see first.

    Who may not attach gets none; that is told and written down by `admission`, which asks again.
    """
    if request.query.get("replay") != "screen" or "from" in request.query:
        return None
    rows = _size(request, "rows", ROWS, wire.SCREEN_ROWS)
    columns = _size(request, "cols", COLUMNS, wire.SCREEN_COLUMNS)
    try:
        console = admission.judge(house, caller, name, admission.NEEDED[mode])
    except Problem:
        return None
    return await house.painter.paint(console.ring, rows, columns)


def _size(request: Request, key: str, default: int, bounds: tuple[int, int]) -> int:
    """Read how many rows or columns the client has."""
    least, most = bounds
    text = request.query.get(key, str(default))
    if not re.fullmatch(r"[0-9]{1,4}", text) or not least <= int(text) <= most:
        raise BadRequest(f'"{key}" is a whole number from {least} to {most}')
    return int(text)


def _cursor(request: Request, console: Console, painted: Painted | None) -> int:
    """Where the stream begins.

    `from` an absolute offset, `replay` bytes before the end, or behind a painted screen.
    """
    ring, oldest = console.ring, console.log.oldest
    if "from" in request.query:
        return min(_number(request.query["from"], "from"), ring.end)
    match request.query.get("replay"):
        case None:
            replay = wire.DEFAULT_REPLAY
        case "none":
            replay = 0
        case "boot":
            return max(console.log.boot_offset, oldest)
        case "screen":
            if painted is not None and painted.ring is console.ring:
                return painted.offset
            replay = wire.DEFAULT_REPLAY  # a reload has put another console in its place
        case text:
            replay = _number(text, "replay")
    return max(ring.end - replay, oldest)
