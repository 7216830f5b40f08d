"""What one console's log has taken from the guest, by where it is.

::

    ├── settled: on the disk, or missed ──┼── held: handed over ──┼── waiting ──┤ end
"""

from dataclasses import InitVar, dataclass, field
from typing import TypeAlias

from com1d.core.carried import carried


Run: TypeAlias = "tuple[int, list[bytes]]"
"""Pieces of the stream without a hole between them, and the offset of the first."""


@carried()
@dataclass(slots=True)
class Account:
    """Bytes of one console's stream. What waits is counted when asked for, not at each piece."""

    begin: InitVar[int]
    """Offset after the newest byte that was taken before."""
    held: int = 0
    """Handed to the process that writes, and not on the disk yet."""
    logged: int = 0
    """Written to the disk since the daemon started."""
    missed: int = 0
    """Printed and not in the log, since the daemon started."""
    gaps: int = 0
    """How often some were missed."""
    settled: int = field(init=False)
    """On the disk, or missed: nobody has them in memory."""
    _runs: list[Run] = field(init=False, default_factory=list)
    """What waits before the newest hole."""
    parts: list[bytes] = field(init=False, default_factory=list)
    """What waits behind it."""

    def __post_init__(self, begin: int) -> None:
        self.settled = begin - self.held

    @property
    def waiting(self) -> int:
        """Bytes taken and not handed over yet."""
        return _size(self.parts) + sum(_size(parts) for _, parts in self._runs)

    @property
    def handed(self) -> int:
        """Offset after the newest byte that was handed over, as long as no hole waits."""
        return self.settled + self.held

    @property
    def end(self) -> int:
        """Offset after the newest byte that was taken."""
        return self.handed + self.waiting

    def take(self, fresh: bytes) -> None:
        """Take the next bytes of the stream."""
        self.parts.append(fresh)

    def skip(self, count: int) -> None:
        """Go on behind bytes that are lost before they could be taken."""
        if self.parts:
            self._end_run()
        self.settled += count
        self._miss(count)

    def hand_over(self) -> list[Run]:
        """Give what waits, in its order: the process that writes has it from now on."""
        if self.parts:
            self._end_run()
        self.held += self.waiting
        runs, self._runs = self._runs, []
        return runs

    def settle(self, backlog: int) -> None:
        """Hear how much of what was handed over is not on the disk; the rest is."""
        written = self.held - backlog
        self.logged += written
        self.settled += written
        self.held = backlog

    def lose(self, kept: int) -> int:
        """Hear that of what was handed over only what is before `kept` is on the disk.

        Gives the bytes that are lost.
        """
        lost = max(0, self.handed - kept)
        if lost:
            self.logged -= lost
            self._miss(lost)
        self.settle(0)
        return lost

    def _end_run(self) -> None:
        self._runs.append((self.end - _size(self.parts), self.parts))
        self.parts = []

    def _miss(self, count: int) -> None:
        self.missed += count
        self.gaps += 1


def _size(parts: list[bytes]) -> int:
    return sum(map(len, parts))
