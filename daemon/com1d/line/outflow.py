"""The outflow: one bounded queue of what is typed, written at the line's rate."""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from com1d.core.carried import carried
from com1d.core.session.session import SessionId
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.transmit import TransmitQueue
from com1d.line.polled import Room


WRITE_BYTES: Final = 4096
"""Bytes of one write to a line: what a pty takes at once."""

STUCK_SECONDS: Final = 2.0
"""How long the line may take nothing before its user is told that it does not drain."""


@carried(
    without={
        "_drained": "of the console",
        "_failed": "of the feed",
        "_fd": "of the line",
        "_loop": "of the process",
        "_room": "of the line",
        "_stuck_seconds": "a constant",
        "_timer": "set by the first flush",
        "_waits": "found by the first flush",
        "_wrote": "of the feed",
    }
)
class Outflow:
    """Writes to one line. `queue` holds what waits, `written` counts what the line took."""

    __slots__ = (
        "_bucket", "_drained", "_failed", "_fd", "_loop", "_moved_at", "_room", "_stuck_seconds",
        "_timer", "_told", "_waits", "_wrote", "queue", "writes", "written",
    )  # fmt: skip

    def __init__(
        self,
        fd: int,
        room: Room,
        bucket: Bucket,
        *,
        wrote: Callable[[], None],
        drained: Callable[[], None],
        failed: Callable[[OSError], None],
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        """Write to `fd` at the pace of `bucket`.

        `wrote` is called after something was handed in; `drained`, when a queue that was full has
        room again; `failed`, when the line takes no more for good.
        """
        self._fd = fd
        self._room = room
        self._bucket = bucket
        self._wrote = wrote
        self._drained = drained
        self._failed = failed
        self._stuck_seconds = stuck_seconds
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waits = False
        """Whether the line was full at the last write."""
        self._moved_at = 0.0
        """When the line last took something, or the first byte began to wait for it."""
        self._told = False
        """Whether `stuck` was already reported for this stop."""
        self.queue = TransmitQueue()
        self.written = 0
        """Bytes that the line has taken."""
        self.writes = 0
        """Writes in which it took them."""
        room.on_room = self._flush

    def close(self) -> None:
        """Write no more; safe to call twice."""
        self._stop_timer()
        self._room.close()
        self._wrote = self._drained = _nobody
        self._failed = _told_before

    def write(self, session: SessionId, data: bytes) -> None:
        """Send `data`, which must fit into `queue.room`, as soon as the line takes it."""
        waiting = self.queue.size
        self.queue.put(session, data)
        if not waiting:  # the wait begins here, whatever happened to earlier bytes
            self._moved_at, self._told = self._loop.time(), False
            self._flush()
        self._wrote()

    def go_on(self) -> None:
        """Send what an earlier process had still to send."""
        if self.queue.size:
            self._flush()

    def discard(self) -> int:
        """Throw away what was not yet sent and say how many bytes that was."""
        count = self.queue.discard()
        if count:
            self._arrange(full=False)
        return count

    def deadline(self) -> float | None:
        """Tell when to ask `stuck`, or `None`."""
        return self._moved_at + self._stuck_seconds if self.queue.size and not self._told else None

    def stuck(self, now: float) -> int:
        """Give the bytes that wait for a line that takes none, once for each stop of the line."""
        due = self.deadline()
        if due is None or now < due:
            return 0
        self._told = True
        return self.queue.size

    def _flush(self) -> None:
        """Write what the line takes now, at its rate; arrange for the rest."""
        queue, now, before = self.queue, self._loop.time(), self.written
        full = drained = False
        try:
            while queue.size and not full:
                allowed = self._bucket.take(now, min(queue.size, WRITE_BYTES))
                if not allowed:
                    break
                count = os.write(self._fd, queue.peek(allowed))
                self.written += count
                self.writes += 1
                drained |= queue.advance(count)
                full = count < allowed  # a short write: the line has no more room
        except BlockingIOError:
            full = True
        except OSError as error:
            self._failed(error)
            return
        if queue.size or self._waits or self._timer is not None:
            if self.written != before:
                self._moved_at, self._told = now, False
            self._arrange(full=full)
        if drained:
            self._drained()

    def _arrange(self, *, full: bool) -> None:
        """Wait for a line that is `full`, or for the time at which more of the queue is due."""
        self._stop_timer()
        if full is not self._waits:
            self._waits = full
            self._room.await_room(wanted=full)
        due = self._bucket.deadline() if self.queue.size and not full else None
        if due is not None:
            self._timer = self._loop.call_at(due, self._flush)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _nobody() -> None:
    """Do nothing, because the line is over."""


def _told_before(_error: OSError) -> None:
    """Ignore the end of a line that was reported before."""
