"""`POST /v1/consoles/NAME/ACTION`: an operation of `operations`, for whoever may do its verb."""

from typing import Any

from com1d.access.peer import Caller
from com1d.api.answers.selection import console_of
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, as_json, json_object
from com1d.api.operation import Answer, Operation
from com1d.api.operations import OPERATIONS
from com1d.api.works import Permission
from com1d.console.console import Console


async def operate(house: Facilities, request: Request, name: str, action: str) -> Response:
    """`POST /v1/consoles/NAME/paste` and the others of `operations`."""
    operation, caller = OPERATIONS[action], request.demand_caller()
    console = console_of(house, request, name, operation.verb)
    body = json_object(request.body)
    request.entry.details |= operation.asked(body)
    answer = await house.works.permitted(
        Permission(caller, name, operation.verb),
        _run(operation, console, caller, body, resumed=request.resumed),
    )
    request.entry.details |= operation.done(body, answer)
    return as_json(answer)


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
