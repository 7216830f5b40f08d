"""`GET /v1/consoles` and `GET /v1/consoles/NAME`: the consoles that the caller may see, and one."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any, Final

from com1d import wire
from com1d.access.peer import Caller
from com1d.api.answers.selection import chosen, console_of, visible
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, as_json
from com1d.console.console import Console
from com1d.console.description import describe
from com1d.core.access.policy import Verb


SLICE: Final = 50
"""Consoles described before the loop goes on: about half a millisecond."""


async def list_consoles(house: Facilities, request: Request) -> Response:
    """`GET /v1/consoles`."""
    takes = chosen(request.query)
    caller = request.demand_caller()
    shown = (console for console in visible(house, caller) if takes(console.config))
    unserved = [] if request.query else _unserved(house, caller)
    return Response(body=_list_pieces(house, caller, shown, unserved))


async def _list_pieces(
    house: Facilities, caller: Caller, shown: Iterator[Console], unserved: list[dict[str, Any]]
) -> AsyncIterator[bytes]:
    yield b'{"version":%d,"consoles":[' % wire.JSON_VERSION
    separator = b""
    while part := list(islice(shown, SLICE)):
        yield separator + b",".join(
            json.dumps(_describe(house, caller, console)).encode() for console in part
        )
        separator = b","
        await asyncio.sleep(0)
    yield b'],"unserved":' + json.dumps(unserved).encode() + b"}\n"


def _describe(house: Facilities, caller: Caller, console: Console) -> dict[str, Any]:
    """Describe a console to somebody, with the role that he has on it."""
    role = house.access.role(caller, console.name)
    return describe(console, house.access) | {"role": str(role)}


def _unserved(house: Facilities, caller: Caller) -> list[dict[str, Any]]:
    """Give those VMs without a console that `caller` could see if they had one."""
    if (sees := house.access.viewer(caller)) is None:
        return []
    return [one._asdict() for name, one in sorted(house.unserved.items()) if sees(name)]


async def show(house: Facilities, request: Request, name: str) -> Response:
    """`GET /v1/consoles/NAME`."""
    caller = request.demand_caller()
    if (missing := house.missing(caller, name)) is not None:
        return as_json({**missing._asdict(), "served": False, "connected": False})
    console = console_of(house, request, name, Verb.LIST)
    return as_json(_describe(house, caller, console))
