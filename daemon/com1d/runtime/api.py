"""What the HTTP paths do. The table `_ROUTES` is the interface; PROTOCOL.md is its prose."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

from com1d import wire
from com1d.core.policy import Verb
from com1d.core.session import Mode
from com1d.errors import BadRequest, MethodNotAllowed, NotFound, Problem, Unsupported
from com1d.runtime.access import Access
from com1d.runtime.console import Console
from com1d.runtime.events import EventStreams
from com1d.runtime.http import Request, Response, Upgrade, as_json
from com1d.runtime.operations import OPERATIONS
from com1d.runtime.peer import Caller
from com1d.runtime.poller import Poller
from com1d.runtime.reader import Reader
from com1d.runtime.websocket import Budget, WebSocketReader, handshake
from com1d.telemetry import facts, metrics


LIST_SLICE: Final = 50
"""Consoles described before the loop goes on: about half a millisecond."""


class House(Protocol):
    """What the API needs of the daemon."""

    consoles: dict[str, Console]
    access: Access
    poller: Poller
    budget: Budget
    events: EventStreams

    def record(self, fact: facts.Fact) -> None:
        """Tell the log and the event stream what happened."""

    def daemon_sample(self) -> metrics.DaemonSample:
        """Give the daemon's own figures for a scrape."""


class Api:
    """Answers requests on `com1d.sock`, and scrapes on the TCP listener."""

    def __init__(self, house: House) -> None:
        """Serve `house`."""
        self._house = house

    async def __call__(self, request: Request) -> Response | Upgrade:
        """Answer one request. Raises `Problem`."""
        methods: list[str] = []
        for route in _ROUTES:
            match = route.path.fullmatch(request.path)
            if match is None or (request.caller is None and not route.anonymous):
                continue
            if route.method == request.method:
                return await route.answer(self, request, **match.groupdict())
            methods.append(route.method)
        if methods:
            raise MethodNotAllowed(f"{request.path} takes {' or '.join(methods)}")
        raise NotFound(f"there is no {request.path!r} here")

    def _console(self, request: Request, name: str, verb: Verb) -> Console:
        """Find a console that the caller may do `verb` with; `NotFound` if he may not see it."""
        self._house.access.demand(_caller(request), name, verb, exists=name in self._house.consoles)
        return self._house.consoles[name]

    def _visible(self, caller: Caller) -> Iterator[Console]:
        sees = self._house.access.viewer(caller)
        return (console for name, console in sorted(self._house.consoles.items()) if sees(name))

    async def list_consoles(self, request: Request) -> Response:
        """`GET /v1/consoles`."""
        return Response(body=self._list_pieces(_caller(request)))

    async def _list_pieces(self, caller: Caller) -> AsyncIterator[bytes]:
        visible = self._visible(caller)
        yield b'{"consoles":['
        separator = b""
        while part := list(islice(visible, LIST_SLICE)):
            yield separator + b",".join(json.dumps(c.describe()).encode() for c in part)
            separator = b","
            await asyncio.sleep(0)
        yield b"]}\n"

    async def show(self, request: Request, name: str) -> Response:
        """`GET /v1/consoles/NAME`."""
        return as_json(self._console(request, name, Verb.LIST).describe())

    async def attach(self, request: Request, name: str) -> Upgrade:
        """`GET /v1/consoles/NAME/attach`: a problem is answered plainly, before any upgrade."""
        caller = _caller(request)
        try:
            mode = Mode(request.query.get("mode", "active"))
        except ValueError:
            raise BadRequest('"mode" is "active" or "observe"') from None
        verb = Verb.ATTACH if mode is Mode.ACTIVE else Verb.OBSERVE
        try:
            console = self._console(request, name, verb)
            console.may_attach(mode, preempt=_flag(request, "preempt", default=True))
        except Problem as problem:
            self._house.record(_refused(name, problem, caller))
            raise
        cursor = _cursor(request, console)
        if not request.head:
            raise BadRequest("attach is a WebSocket: send Upgrade: websocket")
        protocol, reply = handshake(request.head, wire.SUBPROTOCOL)

        def take(fd: int) -> None:
            house = self._house
            reader = WebSocketReader(
                fd, caller, mode, house.poller, console, protocol, house.budget
            )
            console.attach(reader, cursor=cursor)

        return Upgrade(reply, take)

    async def events(self, request: Request) -> Upgrade:
        """`GET /v1/events`."""
        caller = _caller(request)
        if not request.head:
            raise BadRequest("events is a WebSocket: send Upgrade: websocket")
        protocol, reply = handshake(request.head, None)
        sees = self._house.access.viewer(caller)
        return Upgrade(reply, lambda fd: self._house.events.open(fd, protocol, sees))

    async def disconnect(self, request: Request, name: str) -> Response:
        """`POST /v1/consoles/NAME/disconnect`: an owner sends everybody away."""
        console = self._console(request, name, Verb.DISCONNECT)
        readers: tuple[Reader, ...] = console.readers()
        for reader in readers:
            reader.dismiss(wire.CLOSE_DISCONNECTED, f"disconnected by {_caller(request).user}")
        return as_json({"disconnected": len(readers)})

    async def operate(self, request: Request, name: str, action: str) -> Response:
        """`POST /v1/consoles/NAME/paste` and the others of `operations`."""
        operation = OPERATIONS[action]
        console = self._console(request, name, operation.verb)
        return as_json(await operation.run(console, _caller(request), _object(request.body)))

    async def not_offered(self, request: Request, name: str, action: str) -> Response:
        """Refuse a verb that this console's port and control do not offer."""
        console = self._console(request, name, _VERBS[action])
        raise Unsupported(f"{console.name}: {action} is not offered by its port or control")

    async def scrape(self, request: Request) -> Response:
        """`GET /metrics`: all consoles on the TCP listener, the visible ones on the socket."""
        caller = request.caller
        consoles = self._house.consoles.values() if caller is None else self._visible(caller)
        samples = [console.sample() for console in consoles]
        return Response(body=_pieces(self._house, samples), content_type=metrics.CONTENT_TYPE)


async def _pieces(house: House, samples: list[metrics.ConsoleSample]) -> AsyncIterator[bytes]:
    for piece in metrics.page(house.daemon_sample(), samples):
        yield piece
        await asyncio.sleep(0)


def _caller(request: Request) -> Caller:
    if request.caller is None:
        raise NotFound
    return request.caller


def _object(body: bytes) -> dict[str, Any]:
    """Read a body: one JSON object, or nothing."""
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is no JSON object: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("the body is no JSON object")
    return value


def _refused(name: str, problem: Problem, caller: Caller) -> facts.AttachRefused:
    return facts.AttachRefused(name, problem.code, caller.user, caller.peer.uid, caller.pid)


def _flag(request: Request, key: str, *, default: bool) -> bool:
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


class _Route(NamedTuple):
    method: str
    path: re.Pattern[str]
    answer: Callable[..., Awaitable[Response | Upgrade]]
    anonymous: bool = False


_VERBS: Final[dict[str, Verb]] = {
    "log": Verb.READ_LOG,
    "boots": Verb.READ_LOG,
    "nmi": Verb.NMI,
    "reset": Verb.RESET,
    "restart": Verb.RESTART,
    "enable": Verb.ENABLE_CONSOLE,
    "disable": Verb.DISABLE_CONSOLE,
}

_NAME: Final = r"/v1/consoles/(?P<name>[^/]+)"

_ROUTES: Final = (
    _Route("GET", re.compile(r"/v1/consoles"), Api.list_consoles),
    _Route("GET", re.compile(_NAME), Api.show),
    _Route("GET", re.compile(_NAME + r"/attach"), Api.attach),
    _Route("POST", re.compile(_NAME + r"/disconnect"), Api.disconnect),
    _Route("GET", re.compile(_NAME + r"/(?P<action>log|boots)"), Api.not_offered),
    _Route(
        "POST",
        re.compile(_NAME + r"/(?P<action>nmi|reset|restart|enable|disable)"),
        Api.not_offered,
    ),
    _Route("POST", re.compile(rf"{_NAME}/(?P<action>{'|'.join(OPERATIONS)})"), Api.operate),
    _Route("GET", re.compile(r"/v1/events"), Api.events),
    _Route("GET", re.compile(r"/metrics"), Api.scrape, anonymous=True),
)
