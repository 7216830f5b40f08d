"""What is on its way to a line whose queue is full, and whether the line takes anything at all."""

import asyncio
from typing import Final

from com1d.core.session.session import SessionId
from com1d.line.feed import Feed


STUCK_SECONDS: Final = 2.0
"""How long the line may take nothing before its user is told that it does not drain."""


class Outbox:
    """Before the queue of a line. While anything waits here, its client is not read."""

    __slots__ = ("_loop", "_progress", "_told", "_waiting", "feed")

    def __init__(self) -> None:
        self.feed: Feed | None = None
        """The line; None while the port is down."""
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()
        self._progress = (0, 0.0)
        """What the line had taken, and when that was new."""
        self._told = False

    def __len__(self) -> int:
        """Count the bytes that the line's queue has no room for."""
        return len(self._waiting)

    def send(self, session: SessionId, data: bytes) -> None:
        """Put `data` behind what waits already."""
        feed = self.feed
        if feed is None:
            return
        if not self._waiting and len(data) <= feed.queue.room:
            self._write(feed, session, data)
        else:
            self._waiting += data
            self.drain(session)

    def drain(self, session: SessionId) -> None:
        """Hand over what the line's queue has room for, as of `session`."""
        feed = self.feed
        count = min(len(self._waiting), feed.queue.room) if feed is not None else 0
        if feed is not None and count:
            data = bytes(self._waiting[:count])
            del self._waiting[:count]
            self._write(feed, feed.queue.owner or session, data)

    def _write(self, feed: Feed, session: SessionId, data: bytes) -> None:
        if not feed.queue:  # the wait begins here, whatever happened to earlier bytes and lines
            self._progress = (feed.written, self._loop.time())
            self._told = False
        feed.write(session, data)

    def discard(self) -> int:
        """Throw away all that the line has not taken; give how many bytes that was."""
        count = len(self._waiting)
        self._waiting.clear()
        return count + (self.feed.discard() if self.feed is not None else 0)

    def deadline(self) -> float | None:
        """Tell when to ask `stuck`, or `None`."""
        feed = self.feed
        if feed is None or not feed.queue:
            return None
        if self._progress[0] != feed.written:
            self._progress = (feed.written, self._loop.time())
            self._told = False
        return None if self._told else self._progress[1] + STUCK_SECONDS

    def stuck(self, now: float) -> int:
        """Give how many bytes wait for a line that takes none, once for each time that it stops."""
        due = self.deadline()
        if self.feed is None or due is None or now < due:
            return 0
        self._told = True
        return len(self.feed.queue) + len(self._waiting)
