"""WebSockets: the attach of a client, with where its stream begins, and the stream of events."""

import re
from typing import Final

from com1d import wire
from com1d.access.peer import Caller
from com1d.api.events import MESSAGE_BYTES
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Upgrade
from com1d.clients.opening import handshake
from com1d.clients.painting import Painted
from com1d.clients.websocket import WebSocketClient
from com1d.console import admission
from com1d.console.console import Console
from com1d.core.screen import COLUMNS, ROWS
from com1d.errors import BadRequest, Problem
from com1d.wire.events import Hint
from com1d.wire.words import Mode


_NOT_PAINTED: Final = (
    f"The screen would take too long to compute: the last {wire.DEFAULT_REPLAY} bytes are shown "
    "instead"
)


async def attach(house: Facilities, request: Request, name: str) -> Upgrade:
    """`GET /v1/consoles/NAME/attach`: let a client in, or raise the `Problem` that refuses it.

    A problem is answered plainly, before any upgrade.
    """
    caller = request.demand_caller()
    try:
        mode = Mode(request.query.get("mode", "active"))
    except ValueError:
        raise BadRequest('"mode" is "active" or "observe"') from None
    preempt, asks = _Preempt(caller, request), _flag(request, "request")
    wait = asks or _flag(request, "wait")
    if wait and mode is Mode.OBSERVE:
        raise BadRequest("mode=observe does not go with wait or request")
    window = _size(request, "window", 0, wire.WINDOW)
    start = _start(request)
    wants_screen = start[0] == "screen"
    painted = await _painted(house, caller, name, mode, request) if wants_screen else None

    def may_attach(console: Console) -> None:
        console.seating.may_attach(mode, preempt=preempt.applies(console), wait=wait)
        if not request.head:
            raise BadRequest("attach is a WebSocket: send Upgrade: websocket")

    session, console = await admission.admit(
        house, caller, name, mode, WebSocketClient.via, may_attach
    )
    session.requests = asks
    session.window = window
    session.cursor = _cursor(start, console, painted)
    try:
        protocol, reply = handshake(request.head, wire.SUBPROTOCOL)
    except Problem as problem:
        admission.drop(house, session, problem)
        raise

    def take(fd: int) -> None:
        client = WebSocketClient(
            fd, session, house.poller, console.seating, console.log, protocol, house.budget,
            house.lingering,
        )  # fmt: skip
        if painted is not None and painted.ring is console.ring:
            client.show(painted.data)
        console.seating.attach(session, client, preempt=preempt.applies(console), wait=wait)
        if wants_screen and painted is None:
            client.notify(Hint(_NOT_PAINTED))

    return Upgrade(reply, take, lambda: admission.drop(house, session))


class _Preempt:
    """Whether an attach takes over: always, never, or only from one session of the same user.

    That is the one that a network left behind, for whoever comes back over another.
    """

    def __init__(self, caller: Caller, request: Request) -> None:
        text = request.query.get("preempt", "true")
        self._own = int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
        self._always = self._own is None and _flag(request, "preempt", default=True)
        self._caller = caller

    def applies(self, console: Console) -> bool:
        """Say whether whoever has the seat now is preempted."""
        holder = console.seating.active
        left_behind = (
            holder is not None
            and holder.number == self._own
            and holder.caller.is_same_user(self._caller)
        )
        return self._always or left_behind


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
    house: Facilities, caller: Caller, name: str, mode: Mode, request: Request
) -> Painted | None:
    """Compute the screen that the client asked for; None where that would take too long.

    A caller who may not attach gets None here; `admission` tests again, and refuses and audits it.
    """
    rows = _size(request, "rows", ROWS, wire.SCREEN_ROWS)
    columns = _size(request, "cols", COLUMNS, wire.SCREEN_COLUMNS)
    try:
        console = admission.judge(house, caller, name, admission.NEEDED[mode])
    except Problem:
        return None
    return await house.painter.paint(console.ring, rows, columns)


def _size(request: Request, key: str, default: int, bounds: tuple[int, int]) -> int:
    """Read how many rows or columns the client has, or bytes it takes unacknowledged."""
    least, most = bounds
    text = request.query.get(key, str(default))
    if key in request.query and not (text.isdecimal() and least <= int(text[:9]) <= most):
        raise BadRequest(f'"{key}" is a whole number from {least} to {most}')
    return int(text)


def _start(request: Request) -> tuple[str, int]:
    """Read where the stream is to begin: `from` an offset, or what is to be replayed."""
    if "from" in request.query:
        return "from", _number(request.query["from"], "from")
    match request.query.get("replay"):
        case None:
            return "replay", wire.DEFAULT_REPLAY
        case "none":
            return "replay", 0
        case ("boot" | "screen") as kind:
            return kind, 0
        case text:
            return "replay", _number(text, "replay")


def _cursor(start: tuple[str, int], console: Console, painted: Painted | None) -> int:
    """Give the offset at which the stream begins.

    `from` an absolute offset, `replay` bytes before the end, or behind a painted screen.
    """
    ring, oldest = console.ring, console.log.oldest
    match start:
        case ("from", offset):
            return min(offset, ring.end)
        case ("boot", _):
            return max(console.log.boot_offset, oldest)
        case ("screen", _) if painted is not None and painted.ring is ring:
            return painted.offset
        case ("screen", _):  # it took too long, or a reload has replaced the console meanwhile
            return max(ring.end - wire.DEFAULT_REPLAY, oldest)
        case (_, replay):
            return max(ring.end - replay, oldest)


async def events(house: Facilities, request: Request) -> Upgrade:
    """`GET /v1/events`."""
    caller = request.demand_caller()
    if not request.head:
        raise BadRequest("events is a WebSocket: send Upgrade: websocket")
    protocol, reply = handshake(request.head, None, MESSAGE_BYTES)
    return Upgrade(reply, lambda fd: house.events.open(fd, protocol, caller, house.access.viewer))
