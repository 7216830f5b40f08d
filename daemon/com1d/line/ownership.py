"""Whose a line is: a console's, or another's whose VM has come to the same place."""

from typing import Protocol


class Ownership(Protocol):
    """Knows which VM a port has to lead to."""

    async def before(self) -> None:
        """Raise `PortDown` where another VM is there, before the port is opened."""

    async def behind(self) -> None:
        """Raise `PortDown` where the line that was opened is to another VM."""

    @property
    def lasts(self) -> bool:
        """Whether an open line need not be held against it."""

    async def again(self) -> None:
        """Raise `PortDown` where another VM has come behind an open line."""

    @property
    def strange(self) -> bool:
        """Whether the open line was found to be another VM's from its beginning."""
