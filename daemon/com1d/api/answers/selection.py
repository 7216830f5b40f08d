"""Which consoles a request is about: the one that it names, or those that its caller may see."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from com1d.access.peer import Caller
from com1d.api.facilities import Facilities
from com1d.api.messages import Request
from com1d.config import ConsoleConfig
from com1d.console.admission import judge
from com1d.console.console import Console
from com1d.core.access.policy import Verb
from com1d.errors import BadRequest


INSTANCE_DIGITS: Final = 20
"""Digits of an instance in a query: more than any instance has."""


def console_of(house: Facilities, request: Request, name: str, verb: Verb) -> Console:
    """Find a console that the caller may do `verb` with; `NotFound` if he may not see it."""
    return judge(house, request.demand_caller(), name, verb)


def visible(house: Facilities, caller: Caller) -> Iterator[Console]:
    """Give the consoles that `caller` may see, by name."""
    if (sees := house.access.viewer(caller)) is None:
        return iter(())
    return (console for name, console in sorted(house.consoles.items()) if sees(name))


def chosen(query: Mapping[str, str]) -> Callable[[ConsoleConfig], bool]:
    """Give the filter of a list's query: by scale set, and by instance in it."""
    scale_set, instance = query.get("set"), query.get("instance")
    if instance is not None and not instance.isdecimal():
        raise BadRequest('"instance" is a number')
    number = None if instance is None else int(instance[:INSTANCE_DIGITS])
    return lambda config: (
        (scale_set is None or config.set == scale_set)
        and (number is None or config.instance == number)
    )
