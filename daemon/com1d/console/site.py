"""The consoles that are served, and what they share."""

from dataclasses import dataclass

from com1d.console.commons import Commons
from com1d.console.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Commons):
    """What whoever lets somebody in, or deals with many consoles, needs of the daemon."""

    consoles: dict[str, Console]
    """Every console by its name; `Roster` adds and removes them."""
