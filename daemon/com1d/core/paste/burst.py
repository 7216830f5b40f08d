"""The paste limit on a raw socket, where a paste looks like typing.

Two things tell a paste there. A terminal in bracketed-paste mode puts `ESC [ 200 ~` before and
`ESC [ 201 ~` after it: the markers are taken off and the paste is kept back until it is whole, for
`paste.prepare` to accept or refuse. Anything else is judged by its timing: a *burst* is input
without a gap of 50 ms in it. Up to the limit, in characters, a burst passes as it comes; what is
over the limit is discarded until the next gap, counted, and reported once.

**What counts as a gap.** 50 ms of silence from the client, or an answer from the guest. The answer
is for scripts, which send the next line as soon as they see the echo of the last. Output from the
guest is an answer only if it could have been caused by the input: the line needs time for every
byte, so nothing before the last byte has left for the guest can be its echo. A guest that floods
its console thus opens nothing for a paste: the paste arrives faster than the line carries it, is
never all on its way, and runs into the limit. Input slower than the line passes under a flood as
it does at any prompt, for it cannot overrun anything. And once a burst has lost a character, only
silence ends it: a guest that talks cannot make a paste go on with a hole in it.

Time during which the daemon itself did not read the client is no gap: see `pause`.
"""

import codecs
import math
from typing import Final, TypeAlias

from com1d.core.carried import carried
from com1d.core.paste.bracketed import END, START
from com1d.core.paste.paste import count
from com1d.core.stream.pacing import BITS_PER_BYTE, FIFO
from com1d.values import dataclass


GAP: Final = 0.050
"""Seconds of silence that end a burst, and the longest that the start of a marker is held."""

PASTE_STALL: Final = 2.0
"""Seconds of silence in a marked paste after which its end is not expected any more: longer than a
retransmission on a bad network, shorter than a user waits before typing on."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Input to be handled as keys."""

    data: bytes
    at: float
    """When it came in. Less than the time now if it was held in case it became a marker."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A whole marked paste within the limit, as it came; `paste.decode` and `prepare` are next."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A marked paste over the limit: nothing of it passed."""

    characters: int
    limit: int

    def __str__(self) -> str:
        """Give the line for the user."""
        return (
            f"the paste has {self.characters} characters, the limit is {self.limit}; "
            "nothing was sent"
        )


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A marked paste whose end never came: nothing of it passed."""

    characters: int

    def __str__(self) -> str:
        """Give the line for the user."""
        return f"the end of a paste of {self.characters} characters never came; nothing was sent"


@dataclass(frozen=True, slots=True)
class Cut:
    """A burst is over, and what was over the limit in it was discarded."""

    characters: int
    size: int
    """The same in bytes."""
    limit: int

    def __str__(self) -> str:
        """Give the line for the user."""
        return (
            f"{self.characters} characters were discarded: "
            f"more than {self.limit} came at once (the paste limit)"
        )


Command: TypeAlias = Typed | Pasted | Refused | Unfinished | Cut


@carried(without={"_limit": "configured", "_rate": "configured"})
class BurstLimit:
    """The limit over one client's input. Feed it what was read; carry out what it returns."""

    __slots__ = (
        "_cut", "_cut_size", "_held", "_held_at", "_last", "_limit", "_passed", "_passed_out_at",
        "_paste", "_paused", "_rate",
    )  # fmt: skip

    def __init__(self, limit: int, baud: int) -> None:
        self._limit = limit
        self._rate = baud / BITS_PER_BYTE
        self._last = -math.inf
        self._paused = False
        self._passed = 0
        self._passed_out_at = -math.inf
        self._cut = 0
        self._cut_size = 0
        self._held = b""
        self._held_at = -math.inf
        self._paste: _Marked | None = None

    def passes(self, data: bytes, now: float) -> bool:
        """Take what the client sent if it is one plain character, and nothing is pending.

        The short way for a key, whose echo a user waits for. Where it gives false, nothing was
        taken, and `feed` is to be called.
        """
        busy = self._paused or self._paste is not None or self._held or self._cut
        if busy or len(data) != 1 or not data.isascii() or data == START[:1]:
            return False
        passed = 0 if now >= self._last + GAP else self._passed
        if passed >= self._limit:
            return False
        self._passed = passed + 1
        self._last = now
        self._passed_out_at = max(self._passed_out_at, now) + 1 / self._rate
        return True

    def feed(self, data: bytes, now: float) -> list[Command]:
        """Take what the client sent, in pieces of any size."""
        commands = self.expire(now)
        rest = self._held + data
        self._held = b""
        self._last = now
        start = 0
        while (found := rest.find(self._marker, start)) >= 0:
            commands += self._take(rest[start:found], now)
            start = found + len(self._marker)
            commands += self._turn()
        end = len(rest) - _unfinished(rest[start:], self._marker)
        self._held = rest[end:]
        if len(self._held) <= len(data):
            self._held_at = now
        return commands + self._take(rest[start:end], now)

    def expire(self, now: float) -> list[Command]:
        """Do what is due at `now`. Nothing happens before `deadline()`."""
        if self._paused:
            return []
        if self._paste is not None:
            return self._abandon(self._paste) if now >= self._last + PASTE_STALL else []
        commands: list[Command] = []
        if self._held and now >= self._held_at + GAP:
            held, self._held = self._held, b""
            commands += self._take(held, self._held_at)
        if now >= self._last + GAP:
            commands += self._end_burst()
        return commands

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        if self._paused:
            return None
        if self._paste is not None:
            return self._last + PASTE_STALL
        times = [self._held_at + GAP] if self._held else []
        if self._cut:
            times.append(self._last + GAP)
        return min(times, default=None)

    def guest_spoke(self, now: float) -> None:
        """Take note that the guest printed something, which may answer what the client sent."""
        if not self._cut and now >= self._passed_out_at - FIFO / self._rate:
            self._passed = 0

    @property
    def waits(self) -> bool:
        """Whether `guest_spoke` would make a difference now."""
        return self._passed > 0 and not self._cut

    def pause(self) -> None:
        """Take note that the client is not read for now, because the port cannot keep up.

        That silence is the daemon's own, so until `resume` nothing is due and no burst ends.
        """
        self._paused = True

    def resume(self, now: float) -> None:
        """Take note that the client is read again: its silence counts from here."""
        self._paused = False
        self._last = max(self._last, now)

    def close(self) -> list[Command]:
        """Give what was held or has to be reported when the client is gone."""
        if self._paste is not None:
            return self._abandon(self._paste)
        held, self._held = self._held, b""
        return self._take(held, self._held_at) + self._end_burst()

    def _take(self, data: bytes, at: float) -> list[Command]:
        if not data:
            return []
        if self._paste is not None:
            self._paste.add(data, self._limit)
            return []
        text = data.decode("utf-8", "surrogateescape")
        room = 0 if self._cut else self._limit - self._passed
        passed = data if len(text) <= room else text[:room].encode("utf-8", "surrogateescape")
        self._passed += min(len(text), room)
        self._passed_out_at = max(self._passed_out_at, at) + len(passed) / self._rate
        self._cut += max(0, len(text) - room)
        self._cut_size += len(data) - len(passed)
        return [Typed(passed, at)] if passed else []

    @property
    def _marker(self) -> bytes:
        return START if self._paste is None else END

    def _turn(self) -> list[Command]:
        """Go into a marked paste, or come out of one."""
        if self._paste is None:
            self._paste = _Marked()
            return []
        paste, self._paste = self._paste, None
        if paste.characters > self._limit:
            return [Refused(paste.characters, self._limit)]
        return [Pasted(bytes(paste.data))]

    def _abandon(self, paste: "_Marked") -> list[Command]:
        held, self._held = self._held, b""
        paste.add(held, self._limit)
        self._paste = None
        return [Unfinished(paste.characters)]

    def _end_burst(self) -> list[Command]:
        cut, size = self._cut, self._cut_size
        self._passed = self._cut = self._cut_size = 0
        return [Cut(cut, size, self._limit)] if cut else []


@carried()
class _Marked:
    """A marked paste coming in: counted to its end, kept only as long as it may pass."""

    __slots__ = ("_after_cr", "characters", "data")

    def __init__(self) -> None:
        self.data = bytearray()
        self.characters = 0
        self._after_cr = False

    def add(self, piece: bytes, limit: int) -> None:
        """Count a piece of whole characters. A CRLF is one, also when it is split."""
        split_line_end = self._after_cr and piece.startswith(b"\n")
        self.characters += count(piece.decode("utf-8", "surrogateescape")) - split_line_end
        self._after_cr = piece.endswith(b"\r")
        if self.characters <= limit:
            self.data += piece


def _unfinished(data: bytes, marker: bytes) -> int:
    """Count the bytes at the end that may be the start of `marker` or of a UTF-8 character."""
    for size in range(min(len(marker) - 1, len(data)), 0, -1):
        if data.endswith(marker[:size]):
            return size
    if data.isascii():
        return 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    decoder.decode(data[-4:])
    return len(decoder.getstate()[0])
