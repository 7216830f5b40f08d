"""What a verb on a console is, for the router: its permission, its work, and what the audit has."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from com1d.access.peer import Caller
from com1d.audit.entry import Details, sizes
from com1d.console.console import Console
from com1d.core.access.policy import Verb


Answer: TypeAlias = dict[str, Any]


def nothing(_body: dict[str, Any], _answer: Answer) -> Details:
    """Give no details of how an operation went."""
    return {}


class Operation(NamedTuple):
    """A verb and what it does."""

    verb: Verb
    run: Callable[[Console, Caller, dict[str, Any]], Awaitable[Answer]]
    asked: Callable[[dict[str, Any]], Details] = sizes
    """What the audit has of the request, also where it fails. May raise `BadRequest`."""
    done: Callable[[dict[str, Any], Answer], Details] = nothing
    """What it has of a request that succeeded, of its body and answer."""
