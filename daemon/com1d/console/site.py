"""The consoles being served, and what they share."""

from dataclasses import dataclass

from com1d.access.peer import Caller
from com1d.console.commons import Commons
from com1d.console.console import Console
from com1d.errors import TooManyClients
from com1d.wire.uuids import uuid_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Commons):
    """What admission, switches and requests need of the daemon."""

    consoles: dict[str, Console]
    """Every console by its name; `Roster` adds and removes them."""

    def called(self, caller: Caller, name: str) -> str:
        """Give the console's name of the VM whose UUID `name` is, where `caller` may see it."""
        uuid = "" if name in self.consoles else uuid_of(name)
        found = [one.name for one in self.consoles.values() if uuid and one.identity.uuid == uuid]
        if len(found) == 1 and self.access.role(caller, found[0]) is not None:
            return found[0]
        return name

    def demand_room(self, caller: Caller) -> None:
        """Raise `TooManyClients` where a user has his share, or the rest is for owners."""
        if self.full_for(caller):
            raise TooManyClients("you have as many connections as one user may have")
