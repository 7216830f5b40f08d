"""Requests that renew the daemon: its configuration, or the process itself."""

from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, as_json
from com1d.core.access.policy import Verb
from com1d.errors import InternalError


async def reload(house: Facilities, request: Request) -> Response:
    """`POST /v1/reload`: an owner of the host has the configuration read again."""
    house.access.demand_on_host(request.demand_caller(), Verb.RELOAD)
    return as_json(await house.reload())


async def upgrade(house: Facilities, request: Request) -> Response:
    """`POST /v1/upgrade`: the installed version takes over, or this one says why not."""
    house.access.demand_on_host(request.demand_caller(), Verb.UPGRADE)
    await house.upgrade()
    raise InternalError("the process that took over did not answer")
