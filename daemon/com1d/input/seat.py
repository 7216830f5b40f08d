"""The active session's right to type: a capability.

A client with a `Seat` types with it, without a question at each key. `sessions` gives it to the
active session and revokes it at a preemption, while the guest is being locked, and when the session
ends.
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
    """A client that can have a seat."""

    seat: "Seat | None"

    def notify(self, event: Event) -> None:
        """Send it an event."""

    def pause_reading(self) -> None:
        """Let what it types wait in its socket."""

    def resume_reading(self) -> None:
        """Read what it types."""


class Seat:
    """The seat of one session, with its counters."""

    __slots__ = (
        "_holder", "_input", "_now", "caution", "idleness", "notify", "pause_reading",
        "resume_reading", "session", "shown", "typed",
    )  # fmt: skip

    def __init__(
        self,
        holder: Holder,
        session: SessionId,
        way: Input,
        idleness: Idleness | None,
        shown: Callable[[], bytes | None],
    ) -> None:
        """Give `holder` the seat. `idleness` is None where there is no `idle_timeout`."""
        self.session = session
        self.typed = 0
        """Bytes that the session typed and that were accepted."""
        self.idleness = idleness
        self.caution: Caution | None = None
        """The question before Enter at `SAC>`, while the guest may be Windows."""
        self.shown = shown
        """For the caution: gives the end of the guest's output; None where the guest is not at
        `SAC>`."""
        self.notify = holder.notify
        self.pause_reading = holder.pause_reading
        self.resume_reading = holder.resume_reading
        self._holder = holder
        self._input = way
        self._now = asyncio.get_running_loop().time
        holder.seat = self
        way.seat(self)
        holder.resume_reading()

    def revoke(self) -> None:
        """Take the seat away."""
        self._holder.seat = None

    def doubt(self, *, windows: bool) -> None:
        """Switch the caution on if the guest may be Windows, else off."""
        if not windows:
            self.caution = None
        elif self.caution is None:
            self.caution = Caution()

    def keys(self, data: bytes) -> None:
        """Type."""
        if self.idleness is not None:
            self.idleness.note_activity(self._now())
        self._input.type(data)

    def note_activity(self) -> None:
        """Take note of an act that is no typing, so that the session is not idle."""
        if self.idleness is not None:
            self.idleness.note_activity(self._now())

    def paste(self, text: str, *, verify: bool) -> None:
        """Begin a paste. Raises `Problem`, and then nothing is sent."""
        self._input.paste(self.session, text, self.notify, verify=verify)

    def press(self, names: list[str]) -> None:
        """Press keys by name. Raises `Problem` for an unknown key or one that the guest lacks."""
        self._input.press(self.session, names)

    def cancel(self) -> None:
        """Discard what is on its way to the line."""
        self._input.cancel("cancelled")
