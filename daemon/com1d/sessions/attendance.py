"""Attendance: how many sessions are attached, and when the last one leaves a console."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Attendance:
    """The number of attached sessions of the whole daemon."""

    __slots__ = ("_of", "by_entrance", "vacated")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.by_entrance: Counter[str] = Counter()
        """Attached sessions of all consoles, by the entrance that they came by."""
        self.vacated: Callable[[str], None] = _nobody
        """Called with the name of a console whose last client has left."""
        self._of: Counter[int] = Counter()

    @property
    def sessions(self) -> int:
        """Attached sessions of all consoles."""
        return self.by_entrance.total()

    def begin(self, via: str) -> None:
        """Count one more session that came by the entrance `via`."""
        self.by_entrance[via] += 1

    def end(self, via: str) -> None:
        """Count one less."""
        self.by_entrance[via] -= 1

    def of(self, uid: int) -> int:
        """Count the connections of a user: sessions, streams of events, and requests."""
        return self._of[uid]

    def come(self, uid: int) -> None:
        """Count one more of a user."""
        self._of[uid] += 1

    def leave(self, uid: int) -> None:
        """Count one less."""
        self._of[uid] -= 1
        if not self._of[uid]:
            del self._of[uid]

    @contextmanager
    def counted(self, uid: int) -> Iterator[None]:
        """Count one that is on its way in."""
        self.come(uid)
        try:
            yield
        finally:
            self.leave(uid)


def _nobody(_console: str) -> None:
    """Tell nobody."""
