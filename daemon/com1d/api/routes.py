"""The HTTP paths and what answers them.

The table `ROUTES` is the interface; PROTOCOL.md describes it.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from com1d.api.answers import (
    attaching,
    consoles,
    insight,
    log_requests,
    operating,
    renewal,
    scraping,
    switching,
    tracing,
)
from com1d.api.messages import Request, Response, Upgrade
from com1d.api.operations import OPERATIONS
from com1d.errors import MethodNotAllowed, NotFound, Problem


UPGRADE: Final = "/v1/upgrade"
"""The path of the request that has the installed version take over."""


class Route(NamedTuple):
    """A path, as a pattern whose groups are arguments of what answers it."""

    method: str
    path: re.Pattern[str]
    answer: Callable[..., Awaitable[Response | Upgrade]]
    """Its name is the verb of the audit, where the path has no `action`."""
    anonymous: bool = False
    """Whether the TCP listener has it, where nobody is identified."""
    is_decided: bool = False
    """Whether it runs to its end without its client, because it may have changed something."""
    audits_itself: bool = False
    """Whether it has its own lines in the audit."""


_NAME: Final = r"/v1/consoles/(?P<name>[^/]+)"

_SWITCH: Final = r"/(?P<action>enable|disable)"

_OPERATION: Final = rf"/(?P<action>{'|'.join(OPERATIONS)})"

ROUTES: Final = (
    Route("GET", re.compile(r"/v1/consoles"), consoles.list_consoles),
    Route("GET", re.compile(_NAME), consoles.show),
    Route("GET", re.compile(_NAME + r"/attach"), attaching.attach, audits_itself=True),
    Route("POST", re.compile(_NAME + r"/disconnect"), switching.disconnect, is_decided=True),
    Route("GET", re.compile(_NAME + r"/log"), log_requests.log),
    Route("GET", re.compile(_NAME + r"/boots"), log_requests.boots),
    Route("POST", re.compile(_NAME + _SWITCH), switching.turn_console, is_decided=True),
    Route("POST", re.compile(r"/v1" + _SWITCH), switching.turn_host, is_decided=True),
    Route("POST", re.compile(_NAME + _OPERATION), operating.operate),
    Route("POST", re.compile(UPGRADE), renewal.upgrade, is_decided=True),
    Route("GET", re.compile(r"/v1/logs"), log_requests.logs),
    Route("POST", re.compile(r"/v1/reload"), renewal.reload, is_decided=True),
    Route("GET", re.compile(_NAME + r"/trace"), tracing.trace),
    Route("GET", re.compile(r"/v1/top"), insight.top),
    Route("GET", re.compile(r"/v1/slo"), insight.slo),
    Route("GET", re.compile(r"/v1/report"), insight.report),
    Route("GET", re.compile(r"/v1/events"), attaching.events),
    Route("GET", re.compile(r"/metrics"), scraping.scrape, anonymous=True),
)


_PART: Final = re.compile(r"\(\?P<(\w+)>.*?\)")


def title(request: Request | None) -> str:
    """Name the route of a request in the log, without the name that somebody asked for."""
    try:
        if request is None:
            return "none"
        route, parts = find(request)
    except Problem:
        return "none"
    known = parts | {"name": "{name}"}
    return f"{route.method} {_PART.sub(lambda part: known[part[1]], route.path.pattern)}"


def find(request: Request) -> tuple[Route, dict[str, str]]:
    """Find the route of a path and method, and the parts of the path.

    Raises `NotFound` and `MethodNotAllowed`.
    """
    methods: list[str] = []
    for route in ROUTES:
        match = route.path.fullmatch(request.path)
        if match is None or (request.caller is None and not route.anonymous):
            continue
        if route.method == request.method:
            return route, match.groupdict()
        methods.append(route.method)
    if methods:
        raise MethodNotAllowed(f"{request.path} takes {' or '.join(methods)}")
    there = "" if request.caller else "; the metrics are at /metrics"
    raise NotFound(f"there is no {request.path!r} here{there}", title="There is no such path")
