"""Plays a film at a terminal: its clock, which can be stopped, set and sped up. No I/O here."""

from collections.abc import Sequence
from typing import Final

from com1d.frontends.session.film import Frame


JUMP_SECONDS: Final = 10.0
SPEEDS: Final = (0.25, 64.0)
"""The slowest and the fastest."""

CLEAR: Final = b"\x1bc"
"""Resets the terminal: going back plays from the beginning, in one go."""

_PAUSE: Final = (b" ", b"p")
_LEAVE: Final = (b"q", b"Q", b"\x03", b"\x1b")
_AHEAD: Final = (b"\x1b[C", b"\x1bOC", b"l")
_BACK: Final = (b"\x1b[D", b"\x1bOD", b"h")


class Player:
    """The place in a film."""

    def __init__(self, film: Sequence[Frame], speed: float) -> None:
        """Begin at its beginning."""
        self.left = False
        self.paused = False
        self.speed = speed
        self.place = 0.0
        """Seconds of the film that are over."""
        self._film = film
        self._next = 0

    @property
    def length(self) -> float:
        """Seconds that the film has."""
        return self._film[-1].at if self._film else 0.0

    @property
    def over(self) -> bool:
        """Whether all of it was shown."""
        return self._next >= len(self._film)

    def advance(self, seconds: float) -> bytes:
        """Let so many seconds of the viewer's time go by; give what is printed meanwhile."""
        if not self.paused:
            self.place = min(self.length, self.place + seconds * self.speed)
        return self._due()

    def wait(self) -> float | None:
        """Give the viewer's seconds until the next piece; None while nothing will come."""
        if self.paused or self.over:
            return None
        return max(0.0, self._film[self._next].at - self.place) / self.speed

    def says(self) -> str:
        """Give what the viewer has to be told: nothing while it plays."""
        if self.over:
            return "the end; Left goes back, q leaves"
        if self.paused:
            return (
                f"paused at {_clock(self.place)} of {_clock(self.length)}; Space goes on, q leaves"
            )
        return ""

    def again(self) -> bytes:
        """Give all that was shown until now, on an empty terminal."""
        self._next = 0
        return CLEAR + self._due()

    def handle(self, key: bytes) -> bytes:
        """Take one key; give what is to be shown at once."""
        if key in _LEAVE:
            self.left = True
        elif key in _PAUSE:
            self.paused = not self.paused
        elif key in _AHEAD:
            self.place = min(self.length, self.place + JUMP_SECONDS)
        elif key in _BACK:
            self.place = max(0.0, self.place - JUMP_SECONDS)
            return self.again()
        elif key in (b"+", b"="):
            self.speed = min(SPEEDS[1], self.speed * 2)
        elif key == b"-":
            self.speed = max(SPEEDS[0], self.speed / 2)
        return self._due()

    def _due(self) -> bytes:
        shown = bytearray()
        while not self.over and self._film[self._next].at <= self.place:
            shown += self._film[self._next].data
            self._next += 1
        return bytes(shown)


def _clock(seconds: float) -> str:
    """Say a place in minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
