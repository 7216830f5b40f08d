"""Requests that end sessions: of a console or the host that is switched, or of everybody."""

from typing import Final

from com1d import wire
from com1d.api.answers.selection import console_of
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, as_json
from com1d.console.switching import send_away, turn_off, turn_on
from com1d.core.access.policy import Verb


_VERBS: Final[dict[str, Verb]] = {
    "enable": Verb.ENABLE_CONSOLE,
    "disable": Verb.DISABLE_CONSOLE,
}


async def turn_console(house: Facilities, request: Request, name: str, action: str) -> Response:
    """`POST /v1/consoles/NAME/enable` and `disable`."""
    console_of(house, request, name, _VERBS[action])
    return await _turn(house, request, name, on=action == "enable")


async def turn_host(house: Facilities, request: Request, action: str) -> Response:
    """`POST /v1/enable` and `/v1/disable`."""
    on = action == "enable"
    verb = Verb.ENABLE_HOST if on else Verb.DISABLE_HOST
    house.access.demand_on_host(request.demand_caller(), verb)
    return await _turn(house, request, None, on=on)


async def _turn(house: Facilities, request: Request, console: str | None, *, on: bool) -> Response:
    if on:
        await turn_on(house, console, request.entry)
        return as_json({"enabled": True})
    count = await turn_off(house, console, request.demand_caller().person, request.entry)
    return as_json({"enabled": False, "disconnected": count})


async def disconnect(house: Facilities, request: Request, name: str) -> Response:
    """`POST /v1/consoles/NAME/disconnect`: an owner sends everybody away."""
    console = console_of(house, request, name, Verb.DISCONNECT)
    request.entry.details["sessions"] = len(console.seating.audience)
    request.entry.tell()
    reason = f"disconnected by {request.demand_caller().person}"
    count = await send_away([console], wire.CLOSE_DISCONNECTED, reason)
    return as_json({"disconnected": count})
