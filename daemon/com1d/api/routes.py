"""The HTTP paths and what they do.

The table `_ROUTES` is the interface; PROTOCOL.md describes it.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final, NamedTuple

from com1d import wire
from com1d.access.gateway import speaker
from com1d.access.peer import Caller
from com1d.api import insight, log_requests, scraping, tracing
from com1d.api.attaching import attach
from com1d.api.events import MESSAGE_BYTES
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, Upgrade, as_json, json_object
from com1d.api.operation import Answer, Operation
from com1d.api.operations import OPERATIONS
from com1d.api.quota import Quota
from com1d.api.works import Permission, Works
from com1d.audit.entry import AuditEntry, Details
from com1d.clients.opening import handshake
from com1d.config import ConsoleConfig
from com1d.console.admission import judge, shown
from com1d.console.console import Console
from com1d.console.switching import send_away, turn_off, turn_on
from com1d.core.access.policy import Verb
from com1d.errors import (
    BadRequest,
    Forbidden,
    InternalError,
    MethodNotAllowed,
    MfaRequired,
    NotFound,
    PasteTooLong,
    Problem,
)
from com1d.telemetry import facts
from com1d.wire.uuids import earlier_vm


LIST_SLICE: Final = 50
"""Consoles described or sampled before the loop goes on: about half a millisecond."""


UPGRADE: Final = "/v1/upgrade"
"""The path of the request that has the installed version take over."""

INSTANCE_DIGITS: Final = 20
"""Digits of an instance in a query: more than any instance has."""

REFUSALS: Final = frozenset({NotFound.code, Forbidden.code, MfaRequired.code})
"""Refusals of read-only requests that are audited."""


class Api:
    """Answers requests on `com1d.sock`, and scrapes on the TCP listener."""

    def __init__(self, house: Facilities) -> None:
        """Answer requests about the consoles of `house`."""
        self._house = house
        self._log_readers = Quota(log_requests.READERS, "logs")
        self._works = Works(
            lambda request, error: house.record(
                facts.RequestFailed(request, f"{type(error).__name__}: {error}")
            )
        )

    async def __call__(self, request: Request) -> Response | Upgrade:
        """Answer one request. Raises `Problem`."""
        request = self._for_whom(request)
        route, parts = self._find(request)
        request = replace(request, entry=self._entry(route, request, parts))
        answer = self._answer(route, request, parts)
        return await (self._works.decided(answer) if route.is_decided else answer)

    async def _answer(
        self, route: "_Route", request: Request, parts: Mapping[str, str]
    ) -> Response | Upgrade:
        with request.entry:
            return await route.answer(self, request, **parts)

    def _find(self, request: Request) -> tuple["_Route", dict[str, str]]:
        """Find the route and the parts of its path; the console is called by its own name."""
        route, match = _find(request)
        parts = match.groupdict()
        if "name" in parts:
            parts["name"] = self._house.called(request.caller, parts["name"])
        return route, parts

    def judge(self, request: Request) -> None:
        """Raise the `Problem` that a request's head shows, before a long body of it is read."""
        request = self._for_whom(request)
        route, parts = self._find(request)
        entry = self._entry(route, request, parts)
        try:
            if (operation := OPERATIONS.get(parts.get("action", ""))) is None:
                raise PasteTooLong(f"{request.path} takes no body of that length")
            self._console(request, parts["name"], operation.verb)
        except Problem as problem:
            entry.tell(problem.code)
            raise

    def resumes(self, request: Request) -> bool:
        """Say whether another process can go on with a request: a paste, and held keys."""
        try:
            _, match = _find(request)
            operation = OPERATIONS.get(match.groupdict().get("action", ""))
            held = json_object(request.body).get("hold") is True
            console = self._house.consoles[match["name"]]
        except (Problem, LookupError):
            return False
        if console.input.lease is None or operation is None or operation.resume is None:
            return False
        return operation.verb is not Verb.KEYS or held

    def judge_again(self) -> None:
        """Stop verbs and event streams whose callers have lost the permission."""
        self._works.judge_again(lambda *permission: judge(self._house, *permission))
        self._house.events.judge_again(self._house.access.viewer)

    async def close(self) -> None:
        """Wait for operations that have begun to change something."""
        await self._works.close()

    def _for_whom(self, request: Request) -> Request:
        """Replace a gateway by the user that it asks for."""
        caller = request.caller
        try:
            caller = speaker(caller, request.claims, self._house.access.gateways)
        except Forbidden as problem:
            if caller is not None:
                self._house.record(
                    facts.VerbUsed(caller.who, None, None, "speak for others", problem.code)
                )
            raise
        return request if caller is request.caller else replace(request, caller=caller)

    def _entry(self, route: "_Route", request: Request, parts: Mapping[str, str]) -> AuditEntry:
        """Make the audit entry of a request: it is told if the request acts or is refused."""
        name = parts.get("name")
        acts = route.method == "POST"
        if route.answer is Api.attach or not (acts or name):  # attaches have their own lines
            return AuditEntry()
        who, verb = _caller(request).who, parts.get("action") or route.answer.__name__

        def tell(outcome: str, details: Details | None) -> None:
            if acts or outcome in REFUSALS:
                fact = facts.VerbUsed(who, name and shown(name), None, verb, outcome, details)
                self._house.record(fact)

        return AuditEntry(tell)

    def _console(self, request: Request, name: str, verb: Verb) -> Console:
        """Find a console that the caller may do `verb` with; `NotFound` if he may not see it."""
        return judge(self._house, _caller(request), name, verb)

    def _visible(self, caller: Caller) -> Iterator[Console]:
        if (sees := self._house.access.viewer(caller)) is None:
            return iter(())
        return (console for name, console in sorted(self._house.consoles.items()) if sees(name))

    async def list_consoles(self, request: Request) -> Response:
        """`GET /v1/consoles`."""
        chosen = _chosen(request.query)
        caller = _caller(request)
        visible = (console for console in self._visible(caller) if chosen(console.config))
        unserved = [] if request.query else self._unserved(caller)
        return Response(body=self._list_pieces(caller, visible, unserved))

    def _describe(self, caller: Caller, console: Console) -> dict[str, Any]:
        """Describe a console to somebody, with the role that he has on it."""
        role = self._house.access.role(caller, console.name)
        return console.describe() | {"role": str(role)}

    def _unserved(self, caller: Caller) -> list[dict[str, Any]]:
        """Give those VMs without a console that `caller` could see if they had one."""
        if (sees := self._house.access.viewer(caller)) is None:
            return []
        return [one._asdict() for name, one in sorted(self._house.unserved.items()) if sees(name)]

    async def _list_pieces(
        self, caller: Caller, visible: Iterator[Console], unserved: list[dict[str, Any]]
    ) -> AsyncIterator[bytes]:
        yield b'{"version":%d,"consoles":[' % wire.JSON_VERSION
        separator = b""
        while part := list(islice(visible, LIST_SLICE)):
            yield separator + b",".join(
                json.dumps(self._describe(caller, console)).encode() for console in part
            )
            separator = b","
            await asyncio.sleep(0)
        yield b'],"unserved":' + json.dumps(unserved).encode() + b"}\n"

    async def show(self, request: Request, name: str) -> Response:
        """`GET /v1/consoles/NAME`."""
        if (missing := self._house.missing(_caller(request), name)) is not None:
            return as_json({**missing._asdict(), "served": False, "connected": False})
        console = self._console(request, name, Verb.LIST)
        return as_json(self._describe(_caller(request), console))

    async def attach(self, request: Request, name: str) -> Upgrade:
        """`GET /v1/consoles/NAME/attach`: a problem is answered plainly, before any upgrade."""
        return await attach(self._house, _caller(request), name, request)

    async def events(self, request: Request) -> Upgrade:
        """`GET /v1/events`."""
        caller = _caller(request)
        if not request.head:
            raise BadRequest("events is a WebSocket: send Upgrade: websocket")
        house = self._house
        protocol, reply = handshake(request.head, None, MESSAGE_BYTES)
        return Upgrade(
            reply, lambda fd: house.events.open(fd, protocol, caller, house.access.viewer)
        )

    async def disconnect(self, request: Request, name: str) -> Response:
        """`POST /v1/consoles/NAME/disconnect`: an owner sends everybody away."""
        console = self._console(request, name, Verb.DISCONNECT)
        request.entry.details["sessions"] = len(console.seating.audience)
        request.entry.tell()
        reason = f"disconnected by {_caller(request).person}"
        count = await send_away([console], wire.CLOSE_DISCONNECTED, reason)
        return as_json({"disconnected": count})

    async def turn_console(self, request: Request, name: str, action: str) -> Response:
        """`POST /v1/consoles/NAME/enable` and `disable`."""
        self._console(request, name, _VERBS[action])
        return await self._turn(request, name, on=action == "enable")

    async def turn_host(self, request: Request, action: str) -> Response:
        """`POST /v1/enable` and `/v1/disable`."""
        on = action == "enable"
        verb = Verb.ENABLE_HOST if on else Verb.DISABLE_HOST
        self._house.access.demand_on_host(_caller(request), verb)
        return await self._turn(request, None, on=on)

    async def _turn(self, request: Request, console: str | None, *, on: bool) -> Response:
        if on:
            await turn_on(self._house, console, request.entry)
            return as_json({"enabled": True})
        count = await turn_off(self._house, console, _caller(request).person, request.entry)
        return as_json({"enabled": False, "disconnected": count})

    async def reload(self, request: Request) -> Response:
        """`POST /v1/reload`: an owner of the host has the configuration read again."""
        self._house.access.demand_on_host(_caller(request), Verb.RELOAD)
        return as_json(await self._house.reload())

    async def operate(self, request: Request, name: str, action: str) -> Response:
        """`POST /v1/consoles/NAME/paste` and the others of `operations`."""
        operation, caller = OPERATIONS[action], _caller(request)
        console = self._console(request, name, operation.verb)
        body = json_object(request.body)
        request.entry.details |= operation.asked(body)
        answer = await self._works.permitted(
            Permission(caller, name, operation.verb),
            _run(operation, console, caller, body, resumed=request.resumed),
        )
        request.entry.details |= operation.done(body, answer)
        return as_json(answer)

    async def upgrade(self, request: Request) -> Response:
        """`POST /v1/upgrade`: the installed version takes over, or this one says why not."""
        self._house.access.demand_on_host(_caller(request), Verb.UPGRADE)
        await self._house.upgrade()
        raise InternalError("the process that took over did not answer")

    async def log(self, request: Request, name: str) -> Response:
        """`GET /v1/consoles/NAME/log`: a part of the boot diagnostics log."""
        await self._log(request, name)
        peer = _caller(request).peer
        share = await self._log_readers.take((peer.uid, peer.user))
        try:
            stream = await self._log(request, name)  # his role, after the wait
            return replace(await log_requests.log(stream, request), done=share.end)
        except BaseException:
            share.end()
            raise

    async def boots(self, request: Request, name: str) -> Response:
        """`GET /v1/consoles/NAME/boots`: the boots that the log knows."""
        return await log_requests.boots(await self._log(request, name))

    async def logs(self, request: Request) -> Response:
        """`GET /v1/logs`: those of VMs whose consoles' names are other VMs' now."""
        access, library, caller = self._house.access, self._house.library, _caller(request)
        mine = [name for name in library.earlier() if access.may_read_earlier(caller, name)]
        return as_json({"logs": [log_requests.listed(library, name) for name in mine]})

    async def _log(self, request: Request, name: str) -> log_requests.Stream:
        """Find the log that is asked for; a console's once it is known which VM it is."""
        if earlier_vm(name):
            self._house.access.demand_earlier(_caller(request), name)
            return log_requests.of_earlier(self._house.library, name)
        await self._console(request, name, Verb.READ_LOG).identity.settled()
        return log_requests.of_console(self._console(request, name, Verb.READ_LOG))

    async def scrape(self, request: Request) -> Response:
        """`GET /metrics`: the visible consoles on the socket; for everybody, without names.

        Everybody is who reaches the TCP listener, where `metrics_names` shows him the names, too.
        """
        everything = iter(tuple(self._house.consoles.values()))
        visible = everything if request.caller is None else self._visible(request.caller)
        return scraping.scrape(self._house, request, visible)

    async def top(self, request: Request) -> Response:
        """`GET /v1/top`: the visible consoles in short."""
        chosen = _chosen(request.query)
        visible = (one for one in self._visible(_caller(request)) if chosen(one.config))
        return insight.top(self._house, visible)

    async def slo(self, request: Request) -> Response:
        """`GET /v1/slo`: the service level, for whoever may see anything."""
        if self._house.access.viewer(_caller(request)) is None:
            raise NotFound("there is nothing here that you may see")
        return await insight.slo(self._house, request)

    async def report(self, request: Request) -> Response:
        """`GET /v1/report`: for owners of the host."""
        self._house.access.demand_on_host(_caller(request), Verb.REPORT)
        return await insight.report(self._house)

    async def trace(self, request: Request, name: str) -> Response:
        """`GET /v1/consoles/NAME/trace`: where its bytes spend their time."""
        return tracing.trace(self._house, self._console(request, name, Verb.TRACE), request)


def _caller(request: Request) -> Caller:
    if request.caller is None:
        raise NotFound
    return request.caller


def _chosen(query: Mapping[str, str]) -> Callable[[ConsoleConfig], bool]:
    """Give the filter of a list's query: by scale set, and by instance in it."""
    scale_set, instance = query.get("set"), query.get("instance")
    if instance is not None and not instance.isdecimal():
        raise BadRequest('"instance" is a number')
    number = None if instance is None else int(instance[:INSTANCE_DIGITS])
    return lambda config: (
        (scale_set is None or config.set == scale_set)
        and (number is None or config.instance == number)
    )


async def _run(
    operation: Operation,
    console: Console,
    caller: Caller,
    body: dict[str, Any],
    *,
    resumed: bool,
) -> Answer:
    if resumed and operation.resume is not None:
        return await operation.resume(console, caller, body)
    return await operation.run(console, caller, body)


class _Route(NamedTuple):
    method: str
    path: re.Pattern[str]
    answer: Callable[..., Awaitable[Response | Upgrade]]
    anonymous: bool = False
    is_decided: bool = False
    """Whether it runs to its end without its client, because it may have changed something."""


_VERBS: Final[dict[str, Verb]] = {
    "enable": Verb.ENABLE_CONSOLE,
    "disable": Verb.DISABLE_CONSOLE,
}

_NAME: Final = r"/v1/consoles/(?P<name>[^/]+)"

_SWITCH: Final = r"/(?P<action>enable|disable)"

_ROUTES: Final = (
    _Route("GET", re.compile(r"/v1/consoles"), Api.list_consoles),
    _Route("GET", re.compile(_NAME), Api.show),
    _Route("GET", re.compile(_NAME + r"/attach"), Api.attach),
    _Route("POST", re.compile(_NAME + r"/disconnect"), Api.disconnect, is_decided=True),
    _Route("GET", re.compile(_NAME + r"/log"), Api.log),
    _Route("GET", re.compile(_NAME + r"/boots"), Api.boots),
    _Route(
        "POST",
        re.compile(_NAME + r"/(?P<action>enable|disable)"),
        Api.turn_console,
        is_decided=True,
    ),
    _Route("POST", re.compile(r"/v1" + _SWITCH), Api.turn_host, is_decided=True),
    _Route("POST", re.compile(rf"{_NAME}/(?P<action>{'|'.join(OPERATIONS)})"), Api.operate),
    _Route("POST", re.compile(UPGRADE), Api.upgrade, is_decided=True),
    _Route("GET", re.compile(r"/v1/logs"), Api.logs),
    _Route("POST", re.compile(r"/v1/reload"), Api.reload, is_decided=True),
    _Route("GET", re.compile(_NAME + r"/trace"), Api.trace),
    _Route("GET", re.compile(r"/v1/top"), Api.top),
    _Route("GET", re.compile(r"/v1/slo"), Api.slo),
    _Route("GET", re.compile(r"/v1/report"), Api.report),
    _Route("GET", re.compile(r"/v1/events"), Api.events),
    _Route("GET", re.compile(r"/metrics"), Api.scrape, anonymous=True),
)


def _find(request: Request) -> tuple[_Route, re.Match[str]]:
    """Find the route of a path and method. Raises `NotFound` and `MethodNotAllowed`."""
    methods: list[str] = []
    for route in _ROUTES:
        match = route.path.fullmatch(request.path)
        if match is None or (request.caller is None and not route.anonymous):
            continue
        if route.method == request.method:
            return route, match
        methods.append(route.method)
    if methods:
        raise MethodNotAllowed(f"{request.path} takes {' or '.join(methods)}")
    raise NotFound(f"there is no {request.path!r} here")
