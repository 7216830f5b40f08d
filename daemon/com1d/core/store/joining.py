"""Joining a stream to QEMU's own log of it: where the stream goes on there, and a new line begins.

QEMU logs each byte after it has tried to send it. What it could not send to anybody stands in its
log alone; what it sent over a line that has just come up will be read from there. `Joining` finds
where the one ends and the other begins: at the length of the log, less what came over the line and
what is still unread in it. The log may lag behind by the byte just sent, never lead. So each look
gives a place that is right or too early, and the latest of several looks is right.

Counting alone would do, if QEMU did not write some bytes down twice: those that found the daemon's
socket full (chardev/char.c, `qemu_chr_write_buffer`). So the line's first bytes are also looked for
near that place.

    look ─▶ tell ─▶ listen ─▶ look, some times ─▶ compare ─▶ tell ─▶ drop
      the past        the line speaks: where did it begin?
"""

from typing import Final, TypeAlias

from com1d.core.store.layout import KIB
from com1d.values import dataclass


TAIL_BYTES: Final = 256
"""Bytes of the stream's end that are searched for in the log: some four lines."""

REACH_BYTES: Final = 64 * KIB
"""How far from where it should be something is looked for."""

PROOF_BYTES: Final = 4 * KIB
"""Of a line's first bytes, compared with what stands in the log."""

LOOKS: Final = 3
LOOK_SECONDS: Final = 0.002
"""How often, and how far apart, a line's first byte is looked for. One look in the moment between
a byte's sending and its logging would miss it."""

TRIES: Final = 100
"""Looks at a line that prints while it is looked at, for one in which it does not. Each has a turn
of the loop to itself."""


def nearest(window: bytes, base: int, needle: bytes, expected: int) -> int | None:
    """Give where `needle` begins that begins nearest to `expected`; None where it is not at all.

    `window` is the part of the log that begins at `base`; positions are those of the log.
    """
    if not needle:
        return expected
    at = expected - base
    after = window.find(needle, max(0, at))
    before = window.rfind(needle, 0, max(0, at + len(needle) - 1))
    found = [place for place in (before, after) if place >= 0]
    return base + min(found, key=lambda place: abs(place - at)) if found else None


@dataclass(frozen=True, slots=True)
class Look:
    """Wait so many seconds, then give `looked` a sample."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Tell:
    """Deliver this part of the log to the stream, and give `told` its end."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Listen:
    """Call `spoke` when something came over the line."""


@dataclass(frozen=True, slots=True)
class Compare:
    """Give `compared` this part of the log, and the bytes that came over the line so far."""

    base: int
    size: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget so many of the line's first bytes, which were delivered already; then it is joined."""

    count: int


Command: TypeAlias = Look | Tell | Listen | Compare | Drop


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at log and line."""

    unread_before: int
    size: int
    """Of the log."""
    unread_after: int
    held: int
    """Bytes that came over the line and are not told."""

    @property
    def steady(self) -> bool:
        """Whether nothing was printed meanwhile, so that the numbers belong together."""
        return self.unread_before == self.unread_after

    @property
    def begins(self) -> int:
        """Where in the log the line's first byte stands, or shortly before that."""
        return self.size - self.held - self.unread_after


class Joining:
    """One line. Call `begin`, carry out the command, give its result, and so on until `Drop`."""

    __slots__ = ("_begins", "_left", "_tries", "position", "told_past")

    def __init__(self, start: int) -> None:
        """Go on at `start` of the log, behind the end of the stream."""
        self.position = start
        """The position up to which the stream holds the log."""
        self.told_past = False
        """Whether the past was delivered, and only the line's own bytes are missing."""
        self._left = 1
        self._tries = 0
        self._begins = 0

    def begin(self) -> Command:
        """Start."""
        return Look(0.0)

    def looked(self, sample: Sample) -> Command:
        """Take a sample."""
        self._tries += 1
        if not sample.steady and self._tries < TRIES:
            return Look(0.0)
        self._tries = 0
        self._left -= 1
        self._begins = max(self._begins, sample.begins)
        if self._left:
            return Look(LOOK_SECONDS)
        if not self.told_past:
            return self._tell()
        base = max(0, self._begins - REACH_BYTES)
        return Compare(base, self._begins - base + PROOF_BYTES + REACH_BYTES)

    def told(self, position: int) -> Command:
        """Take note of the position up to which the stream holds the log now."""
        self.position = position
        if self.told_past:
            return Drop(max(0, position - self._begins))
        self.told_past = True
        return Listen()

    def spoke(self) -> Command:
        """Take note that something came over the line."""
        self._left = LOOKS
        self._begins = 0
        return Look(0.0)

    def compared(self, window: bytes, base: int, said: bytes) -> Command:
        """Take the log around the expected place, and the bytes that came over the line."""
        proof = said[:PROOF_BYTES][:-1]  # the last byte may not be in the log yet
        found = nearest(window, base, proof, self._begins)
        if found is not None:
            self._begins = found
        return self._tell()

    def _tell(self) -> Command:
        return Tell(self.position, max(self.position, self._begins))
