"""The sending of a paste: its commands, its reports, and the parts that a text is cut into."""

from typing import Final, TypeAlias

from com1d.core.carried import carried
from com1d.core.stream.pacing import FIFO
from com1d.values import dataclass


ENTER: Final = "\r"

LARGEST_PART: Final = FIFO
"""Characters: what a UART takes in one go."""


@dataclass(frozen=True, slots=True)
class Send:
    """Write this to the port."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a paste that goes on, in characters."""

    sent: int
    of: int
    verified: int


@dataclass(frozen=True, slots=True)
class FellBack:
    """From here on the paste goes at a fixed pace, unverified."""

    position: int
    """Of the first character that is not verified; counts from 1."""
    reason: str

    def __str__(self) -> str:
        """Give the line for the user."""
        return f"{self.reason}: from character {self.position} on the paste is not verified"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The paste is over before its end."""

    position: int
    """Of the character in question; counts from 1."""
    character: str
    reason: str
    unsent: int
    """Characters that never left."""

    def __str__(self) -> str:
        """Give the line for the user."""
        return (
            f"the paste stopped at character {self.position}, {self.character!a}: {self.reason}; "
            f"{self.unsent} characters were not sent"
        )


@dataclass(frozen=True, slots=True)
class Finished:
    """Everything was sent. In characters."""

    sent: int
    verified: int


Command: TypeAlias = Send | Progress | FellBack | Stopped | Finished


@carried()
class Parts:
    """A text, cut as it is sent. A part is Enter alone, or characters of one line."""

    __slots__ = ("_split_neighbours", "sent", "text")

    def __init__(self, text: str, *, split_neighbours: bool) -> None:
        """Take the whole text. `split_neighbours` ends a part between two equal characters."""
        self.text: Final = text
        self.sent = 0
        self._split_neighbours = split_neighbours

    @property
    def unsent(self) -> int:
        """Characters still to be sent."""
        return len(self.text) - self.sent

    @property
    def at_enter(self) -> bool:
        """Whether Enter is next."""
        return self.text.startswith(ENTER, self.sent)

    @property
    def after_enter(self) -> bool:
        """Whether Enter was sent last."""
        return self.text[: self.sent].endswith(ENTER)

    @property
    def at_neighbour(self) -> bool:
        """Whether the next character must not follow closely on the last, its like."""
        last_and_next = self.text[max(0, self.sent - 1) : self.sent + 1]
        return self._split_neighbours and self.sent > 0 and last_and_next[:1] == last_and_next[1:]

    def peek(self, size: int) -> str:
        """Give the next part, of at most `size` characters."""
        if self.at_enter:
            return ENTER
        part = self.text[self.sent : self.sent + size].partition(ENTER)[0]
        if self._split_neighbours:
            for at in range(1, len(part)):
                if part[at] == part[at - 1]:
                    return part[:at]
        return part

    def progress(self, verified: int) -> list[Command]:
        """Report how far it is, unless all was sent: then the end is told, when it has come."""
        return [Progress(self.sent, len(self.text), verified)] if self.unsent else []

    def last(self, count: int) -> str:
        """Give the last characters that were sent."""
        return self.text[self.sent - count : self.sent]

    def stop(self, at: int, reason: str, *, secret: bool = False) -> Stopped:
        """Report that the paste ends because of the character at index `at`.

        Of a `secret` the report, which may be logged, does not show it.
        """
        character = "*" if secret else self.text[at : at + 1]
        return Stopped(at + 1, character, reason, self.unsent)
