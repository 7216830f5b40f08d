"""One end of a relay: a protocol that writes what it reads to the other end, and waits as it does.

There is no queue between the two: an end that takes no more stops the reading of the other, so the
bytes wait where they come from, in the end in the daemon's ring, which counts what is lost.
"""

import asyncio
from typing import Final, Protocol, cast


WAITING_BYTES: Final = 16384
"""Bytes that may wait for an end before the other is not read any more: a frame of the daemon's."""


class Owner(Protocol):
    """Whoever joined the two ends."""

    def pass_on(self, side: "Side", data: bytes) -> None:
        """Take what an end has sent."""

    def gone(self, side: "Side") -> None:
        """Learn that an end is closed."""


class Side(asyncio.Protocol):
    """An end."""

    __slots__ = ("_owner", "other", "transport")

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.other: Side | None = None
        """The end that waits for what this one sends, once there is one."""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(WAITING_BYTES)

    def data_received(self, data: bytes) -> None:
        """Hand on what came."""
        self._owner.pass_on(self, data)

    def pause_writing(self) -> None:
        """Read no more of the other end, because this one takes no more."""
        if self.other is not None:
            self.other.listen(wanted=False)

    def resume_writing(self) -> None:
        """Read the other end again."""
        if self.other is not None:
            self.other.listen(wanted=True)

    def connection_lost(self, _exc: Exception | None) -> None:
        """End."""
        self.transport = None
        self._owner.gone(self)

    def listen(self, *, wanted: bool) -> None:
        """Read this end, or let what it sends wait in its socket."""
        if self.transport is None or self.transport.is_closing():
            return
        if wanted:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def write(self, data: bytes) -> None:
        """Send to this end."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def close(self, *, at_once: bool = False) -> None:
        """Close this end, after what waits for it is sent, or at once."""
        if self.transport is not None:
            if at_once:
                self.transport.abort()
            else:
                self.transport.close()
