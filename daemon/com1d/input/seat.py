"""The active session's right to type: a capability.

Who has a `Seat` types with it, and nobody is asked for each key. `sessions` gives it to the active
session and revokes it at a preemption, while the guest is being locked, and when the session ends.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from com1d.core.guest.caution import Caution
from com1d.core.session.idle import Idleness
from com1d.core.session.session import SessionId
from com1d.input.input import Input
from com1d.wire.events import Event


class Holder(Protocol):
    """Who can have a seat: a client."""

    seat: "Seat | None"

    def notify(self, event: Event) -> None:
        """Tell it."""

    def listen(self, *, hear: bool) -> None:
        """Read from it, or let what it types wait."""


class Seat:
    """One session's. Its counters are plain numbers."""

    __slots__ = (
        "_holder", "_input", "_now", "caution", "idleness", "listen", "notify", "session", "shown",
        "typed",
    )  # fmt: skip

    def __init__(
        self,
        holder: Holder,
        session: SessionId,
        way: Input,
        idleness: Idleness | None,
        shown: Callable[[], bytes | None],
    ) -> None:
        """Give `holder` the seat. `idleness` is None where a session may be idle for ever."""
        self.session = session
        self.typed = 0
        """Bytes that the session typed and that were taken."""
        self.idleness = idleness
        self.caution: Caution | None = None
        """Questions what the user types, where the guest may be Windows."""
        self.shown = shown
        """For the caution: the end of what the guest printed, None where it is not at `SAC>`."""
        self.notify = holder.notify
        self.listen = holder.listen
        self._holder = holder
        self._input = way
        self._now = asyncio.get_running_loop().time
        holder.seat = self
        way.seat(self)
        holder.listen(hear=True)

    def revoke(self) -> None:
        """Take the seat away."""
        self._holder.seat = None

    def doubt(self, *, windows: bool) -> None:
        """Question what is typed if the guest may be Windows, as is known now."""
        if not windows:
            self.caution = None
        elif self.caution is None:
            self.caution = Caution()

    def keys(self, data: bytes) -> None:
        """Type."""
        if self.idleness is not None:
            self.idleness.stir(self._now())
        self._input.type(data)

    def stir(self) -> None:
        """Take note that the session does something else than typing."""
        if self.idleness is not None:
            self.idleness.stir(self._now())

    def paste(self, text: str, *, verify: bool) -> None:
        """Begin a paste. Raises `Problem`, and then nothing is sent."""
        self._input.paste(self.session, text, self.notify, verify=verify)

    def press(self, names: list[str]) -> None:
        """Press keys by name. Raises `Problem` for an unknown key or one that the guest lacks."""
        self._input.press(self.session, names)

    def cancel(self) -> None:
        """Discard what is on its way to the line."""
        self._input.cancel("cancelled")
