"""What users say at a console: messages to the others, and notes into its log. Text and tempo."""

from typing import Final


TEXT_MAX: Final = 300
"""Characters of one: some lines on a terminal. In JSON they fit into what an observer may send."""

OFTEN_MAX: Final = 10
"""How many may come in `OFTEN_SECONDS` at one console, from all together. Each is an event for
every client, and nobody may crowd those out."""
OFTEN_SECONDS: Final = 10.0


def plain(text: str) -> str:
    """Give a text as one line without control characters, which would reach others' terminals.

    Raises `ValueError` where nothing is left, or more than `TEXT_MAX` characters.
    """
    said = "".join(char if char.isprintable() else " " for char in text).strip()
    if not said:
        raise ValueError("the text is empty")
    if len(said) > TEXT_MAX:
        raise ValueError(f"the text has {len(said)} characters, the limit is {TEXT_MAX}")
    return said


class Tempo:
    """How often something was said at one console of late."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        """Begin in silence."""
        self._times: list[float] = []  # a deque would take half a KiB, at each of 4,000 consoles

    def admit(self, now: float) -> bool:
        """Tell whether something may be said at `now` (seconds), and count it."""
        if len(self._times) == OFTEN_MAX:
            if now - self._times[0] < OFTEN_SECONDS:
                return False
            del self._times[0]
        self._times.append(now)
        return True
