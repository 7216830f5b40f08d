"""What every way of finding VMs has to do."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeAlias

from com1d.config import Found


Sighting: TypeAlias = Found | str | None
"""A VM; or why what was found is none that com1d can serve; or that it is gone."""

Tell: TypeAlias = Callable[[str, Sighting], None]
"""Takes a name and what is known of it from now on."""


class Source(Protocol):
    """One place to look at. It tells of what changes, never twice of the same."""

    looked: asyncio.Event
    """Set once everything was told that was there at the start, or that nothing can be seen."""

    async def run(self) -> None:
        """Look and tell, until cancelled."""
