"""An operation: a verb on a console with its permission, its work and its audit details."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from com1d.access.peer import Caller
from com1d.audit.entry import Details, sizes
from com1d.console.console import Console
from com1d.core.access.policy import Verb


Answer: TypeAlias = dict[str, Any]


def nothing(_body: dict[str, Any], _answer: Answer) -> Details:
    """Give no audit details."""
    return {}


class Operation(NamedTuple):
    """A verb and what it does."""

    verb: Verb
    run: Callable[[Console, Caller, dict[str, Any]], Awaitable[Answer]]
    resume: Callable[[Console, Caller, dict[str, Any]], Awaitable[Answer]] | None = None
    """Goes on with what another process has begun, where that is possible."""
    asked: Callable[[dict[str, Any]], Details] = sizes
    """Gives the audit details known from the request, also for one that fails. May raise
    `BadRequest`."""
    done: Callable[[dict[str, Any], Answer], Details] = nothing
    """Gives further audit details of a request that succeeded, from its body and answer."""
