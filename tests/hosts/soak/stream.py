"""Endless numbered streams, and who checks that each byte comes once and in its order."""

from time import monotonic


LINE = b"line %08d\r\n"
LINES = b"".join(LINE % number for number in range(1_000_000))
"""What guests print: twenty minutes at line rate. Each begins at another place."""

WORD = b"K%06d\r"
WORDS = b"".join(WORD % number for number in range(200_000))
"""What users type."""

SHIFT = 1000 * len(LINE % 0)
"""Bytes by which the streams of two guests differ, so that bytes of one are wrong in another's."""


class Checker:
    """One end of a stream: where it is, whether all was right, and the longest pause."""

    def __init__(self, what: str, whole: bytes, place: int = 0) -> None:
        self.what = what
        self.place = place
        """The next byte's, in `whole`."""
        self.faults: list[str] = []
        self.pause = 0.0
        """Seconds, the longest between two pieces since `forget_pauses`."""
        self._whole = whole
        self._newest = monotonic()

    def forget_pauses(self) -> None:
        self.pause = 0.0

    def check(self, data: bytes) -> None:
        """Take what has come."""
        now = monotonic()
        self.pause = max(self.pause, now - self._newest)
        self._newest = now
        if self._whole[self.place : self.place + len(data)] != data:
            self._find(data)
        else:
            self.place += len(data)

    def _find(self, data: bytes) -> None:
        """Say what is wrong, and go on behind it where that is possible."""
        wanted = self._whole[self.place : self.place + 24]
        self.faults.append(f"{self.what} at {self.place}: {data[:48]!r} for {wanted!r}")
        found = self._whole.find(data[-64:], max(0, self.place - 65536), self.place + 4_000_000)
        if found >= 0:
            self.place = found + len(data[-64:])

    def skip(self, count: int) -> None:
        """Take note that so many bytes will not come, as was told."""
        self.place += count

    def is_at(self, place: int) -> bool:
        return self.place == place
