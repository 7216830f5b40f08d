"""The consoles being served, and what they share."""

from dataclasses import field
from typing import NamedTuple

from com1d.access.peer import Caller
from com1d.console.commons import Commons
from com1d.console.console import Console
from com1d.errors import TooManyClients
from com1d.telemetry.departed import Departed
from com1d.values import dataclass
from com1d.wire.uuids import uuid_of


class Unserved(NamedTuple):
    """A VM that has no console, though it was found or is configured."""

    name: str
    """What its console would be called; empty for the discovery itself, which cannot look."""
    vm: str | None
    """What its hypervisor calls it, where that is another name."""
    discovered: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Commons):
    """What admission, switches and requests need of the daemon."""

    consoles: dict[str, Console]
    """Every console by its name; `Roster` adds and removes them."""
    departed: Departed
    """What consoles had counted that are served no more."""

    unserved: dict[str, Unserved] = field(default_factory=dict)
    """VMs that cannot be served, by name."""

    aliases: dict[str, str] = field(default_factory=dict)
    """The name of the console that has an alias, for each alias."""

    def called(self, caller: Caller | None, name: str) -> str:
        """Give the console with this alias, or of the VM whose UUID it is if he may see that."""
        if name in self.aliases:
            return self.aliases[name]
        uuid = "" if caller is None or name in self.consoles else uuid_of(name)
        found = [one.name for one in self.consoles.values() if uuid and one.identity.uuid == uuid]
        if caller and len(found) == 1 and self.access.role(caller, found[0]) is not None:
            return found[0]
        return name

    def missing(self, caller: Caller, name: str) -> Unserved | None:
        """Say why there is no console of this name, where there is a VM that `caller` may see."""
        unserved = None if name in self.consoles else self.unserved.get(name)
        return unserved if unserved and self.access.role(caller, name) is not None else None

    def demand_room(self, caller: Caller) -> None:
        """Raise `TooManyClients` where a user has his share, or the rest is for owners."""
        if self.full_for(caller):
            raise TooManyClients("you have as many connections as one user may have")
