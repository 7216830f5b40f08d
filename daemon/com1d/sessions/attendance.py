"""How many are attached to all consoles, and when one is left alone."""

from collections.abc import Callable


class Attendance:
    """The daemon's."""

    __slots__ = ("sessions", "vacated")

    def __init__(self) -> None:
        """Begin with nobody."""
        self.sessions = 0
        """Attached sessions of all consoles."""
        self.vacated: Callable[[str], None] = _nobody
        """Hears the name of a console whose last client has left."""


def _nobody(_console: str) -> None:
    """Tell nobody."""
