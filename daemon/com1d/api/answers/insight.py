"""What `com1 top`, `com1d slo` and `com1d report` ask the daemon."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any, Final

from com1d.api.answers.selection import chosen, visible
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, as_json
from com1d.console.console import Console
from com1d.core.access.policy import Verb
from com1d.errors import BadRequest, NotFound


COLUMNS: Final = (
    *("name", "set", "up", "enabled", "state", "active", "observers", "waiting"),
    *("received", "lag", "margin", "fullest", "log", "log_lag", "trouble"),
)
"""Members of a row of `/v1/top`, in this order."""

SLICE: Final = 100
"""Consoles in a piece of the answer: half a millisecond."""

HOUR: Final = 3600
DAY: Final = 86400


async def top(house: Facilities, request: Request) -> Response:
    """`GET /v1/top`: a short row for each visible console, to be asked every second."""
    takes = chosen(request.query)
    shown = (one for one in visible(house, request.demand_caller()) if takes(one.config))
    return Response(body=_rows(house, shown))


async def _rows(house: Facilities, shown: Iterator[Console]) -> AsyncIterator[bytes]:
    yield b'{"columns":%b,"consoles":[' % json.dumps(COLUMNS).encode()
    separator = b""
    while part := list(islice(shown, SLICE)):
        rows = json.dumps([_row(house, console) for console in part], separators=(",", ":"))
        yield separator + rows[1:-1].encode()
        separator = b","
        await asyncio.sleep(0)
    yield b"]}\n"


def _row(house: Facilities, console: Console) -> tuple[Any, ...]:
    seating, log, end = console.seating, console.log.sample(), console.ring.end
    active, waiting = seating.active, seating.waiting
    count = len(seating.sessions())
    margin = console.traffic.margin
    return (
        console.name,
        console.config.set,
        console.connected,
        house.access.obstacle(console.config) is None,
        console.watch.state.value,
        None if active is None else active.caller.user,
        count - (active is not None) - waiting,
        waiting,
        end,
        max((end - client.session.cursor for client in seating.audience), default=0),
        margin.seconds,
        margin.lately,
        "off" if console.log.store is None else "failing" if log.failing else "ok",
        log.lag,
        len(console.failing),
    )


async def slo(house: Facilities, request: Request) -> Response:
    """`GET /v1/slo`: the service level of the last `window` seconds, for whoever may see anything.

    Raises `BadRequest`.
    """
    if house.access.viewer(request.demand_caller()) is None:
        raise NotFound("there is nothing here that you may see")
    text = request.query.get("window", str(HOUR))
    if not re.fullmatch("[1-9][0-9]{0,4}", text) or int(text) > DAY:
        raise BadRequest(f'"window" is a number of seconds from 1 to {DAY}')
    return as_json(await house.service_level(int(text)))


async def report(house: Facilities, request: Request) -> Response:
    """`GET /v1/report`: what a bug report needs of the daemon's memory, for owners of the host."""
    house.access.demand_on_host(request.demand_caller(), Verb.REPORT)
    return as_json(
        {
            "log": list(house.log.lines),
            "service_level": await house.service_level(DAY),
            "consoles": len(house.consoles),
            "clients": house.attendance.sessions,
        }
    )
