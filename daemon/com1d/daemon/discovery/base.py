"""The interface of every way of finding VMs."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeAlias

from com1d.config import Found


Sighting: TypeAlias = Found | str | None
"""A VM that was found; or a text why it cannot be served; or None: it is gone."""

Tell: TypeAlias = Callable[[str, Sighting], None]
"""Called with a name and its new sighting."""


class Source(Protocol):
    """One place where VMs are found. It tells each change once."""

    looked: asyncio.Event
    """Set once all VMs present at the start were told, or the place cannot be looked at."""

    async def run(self) -> None:
        """Look and tell, until cancelled."""
