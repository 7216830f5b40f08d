"""Attendance: how many sessions are attached, and when the last one leaves a console."""

from collections.abc import Callable


class Attendance:
    """The number of attached sessions of the whole daemon."""

    __slots__ = ("sessions", "vacated")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.sessions = 0
        """Attached sessions of all consoles."""
        self.vacated: Callable[[str], None] = _nobody
        """Called with the name of a console whose last client has left."""


def _nobody(_console: str) -> None:
    """Tell nobody."""
