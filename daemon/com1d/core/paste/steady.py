"""A paste at a fixed pace: some 800 characters a second, whatever the guest shows.

Two equal characters that arrive together are what conhost and PSReadLine multiply: a key-down that
waits unread in the console's input buffer takes the next one in, and `aa` is read as `aaa` or `a`.
With a `neighbour_wait` no character follows its like before the guest has shown an answer to all
that was sent, or has been silent for that many seconds; but it waits a second at most.

At the SAC prompt at most 512 bytes are ever unanswered: SAC reads its port by a timer, into 1,024
bytes that it overruns silently.
"""

import math
from typing import Final

from com1d.core.carried import carried
from com1d.core.paste.bracketed import END, START
from com1d.core.paste.delivery import (
    ENTER,
    LARGEST_PART,
    Command,
    Finished,
    Parts,
    Send,
)
from com1d.core.paste.strokes import NewLine, Return, Strokes, Text


INTERVAL: Final = 0.020
"""Seconds from part to part: a reader that polls every 10 ms keeps up."""

NEIGHBOUR_WAIT: Final = 0.150
"""Seconds of silence between two equal characters: what a busy console takes to read a key."""

NEIGHBOUR_WAIT_MAX: Final = 1.0
"""The longest that can be asked for, and that a guest which keeps printing holds a paste up: what a
test suite for Windows guests found safe on the slowest of them."""

SAC_IN_FLIGHT: Final = 512
"""Bytes: half of SAC's input buffer."""

SAC_STALL: Final = 10.0
"""Seconds of silence, with 512 bytes unanswered, until SAC is taken not to read any more."""


@carried()
class Steady:
    """One paste. Call `begin`, then `guest_spoke` and `expire` until it is `over`."""

    __slots__ = (
        "_at_sac", "_bracketed", "_due", "_held_by_sac", "_neighbour_wait", "_part_at", "_parts",
        "_run", "_spoke_at", "_strokes", "_unanswered", "_verified", "opened", "over",
    )  # fmt: skip

    def __init__(
        self,
        parts: Parts,
        *,
        at_sac: bool,
        neighbour_wait: float,
        verified: int = 0,
        bracketed: bool = False,
        run: bool = True,
    ) -> None:
        """Send what is left of `parts`; `bracketed` as a whole, its last Enter behind it to `run`.

        What is in brackets does nothing by itself, so an Enter in there would only be text.
        """
        self.over = False
        self._bracketed = bracketed
        self._run = run
        self.opened = False
        """Whether the guest has been told that a paste begins, and not that it ends."""
        self._parts = parts
        self._at_sac = at_sac
        self._neighbour_wait = neighbour_wait
        self._verified = verified
        self._strokes = Strokes()
        self._unanswered = 0
        self._held_by_sac = False
        self._part_at = self._spoke_at = -math.inf
        self._due = math.inf

    def begin(self, now: float) -> list[Command]:
        """Start sending."""
        return self._send(now)

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        return None if self.over else self._due

    def cancel(self) -> int:
        """End the paste and say how many characters were not sent."""
        self.over = True
        return self._parts.unsent

    def guest_spoke(self, data: bytes, now: float) -> list[Command]:
        """Count what the guest shows as an answer, and go on early if that is what was missing."""
        self._spoke_at = now
        for stroke in self._strokes.read(data):
            shown = len(stroke.text) if isinstance(stroke, Text) else 0
            line_end = isinstance(stroke, NewLine | Return)
            self._unanswered = max(0, self._unanswered - shown - line_end)
        if self._held_by_sac or (self._parts.at_neighbour and not self._unanswered):
            self._due = max(now, self._part_at + INTERVAL)
        elif self._parts.at_neighbour:
            self._due = min(now + self._neighbour_wait, self._part_at + NEIGHBOUR_WAIT_MAX)
        return self.expire(now)

    def expire(self, now: float) -> list[Command]:
        """Do what is due at `now`. Nothing happens before `deadline()`."""
        return [] if self.over or now < self._due else self._send(now)

    def _send(self, now: float) -> list[Command]:
        parts = self._parts
        if not parts.unsent:
            return self._finish()
        part = parts.peek(LARGEST_PART)
        in_flight = parts.last(self._unanswered) + part
        self._held_by_sac = self._at_sac and len(in_flight.encode()) > SAC_IN_FLIGHT
        if self._held_by_sac:
            return self._hold(now)
        parts.sent += len(part)
        self._unanswered += len(part)
        self._part_at = now
        self._due = now + max(INTERVAL, self._neighbour_wait if parts.at_neighbour else 0)
        sent: list[Command] = [Send(self._in_brackets(part)), *parts.progress(self._verified)]
        return sent if parts.unsent else sent + self._finish()

    def _in_brackets(self, part: str) -> bytes:
        """Put the marker before or behind a part that was taken, where one is due there."""
        data = part.encode()
        if not self._bracketed:
            return data
        left = self._parts.unsent
        if not self.opened and (part != ENTER or left or not self._run):
            self.opened = True
            data = START + data
        if self.opened and (not left or (left == 1 and self._run and self._parts.at_enter)):
            self.opened = self._bracketed = False
            data += END
        return data

    def _hold(self, now: float) -> list[Command]:
        """Wait for SAC to take what it has, or give up on it."""
        self._due = max(self._part_at, self._spoke_at) + SAC_STALL
        if now < self._due:
            return []
        self.over = True
        reason = f"SAC has not read the {SAC_IN_FLIGHT} bytes before it"
        return [self._parts.stop(self._parts.sent, reason)]

    def _finish(self) -> list[Command]:
        self.over = True
        return [Finished(self._parts.sent, self._verified)]
