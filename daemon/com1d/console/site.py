"""The consoles being served, and what they share."""

from dataclasses import dataclass, field

from com1d.access.peer import Caller
from com1d.console.commons import Commons
from com1d.console.console import Console
from com1d.errors import TooManyClients


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Commons):
    """What admission, switches and requests need of the daemon."""

    consoles: dict[str, Console]
    """Every console by its name; `Roster` adds and removes them."""

    aliases: dict[str, str] = field(default_factory=dict)
    """The name of the console that has an alias, for each alias."""

    def demand_room(self, caller: Caller) -> None:
        """Raise `TooManyClients` where a user has his share, or the rest is for owners."""
        if self.full_for(caller):
            raise TooManyClients("you have as many connections as one user may have")
