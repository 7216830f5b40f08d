"""The line, for one who has it to himself: a paste, SysRq, a conversation."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from com1d.core.session.session import SessionId


@dataclass(frozen=True, slots=True)
class Delivered:
    """The paste is through. In characters."""

    sent: int
    verified: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The lease was ended from outside or, a paste's, because of what the guest showed."""

    why: str
    verified: int = 0
    """Characters of a paste that the guest was seen to have."""
    position: int | None = None
    """Of the character that a paste stopped at; counts from 1."""


@dataclass(frozen=True, slots=True)
class Released:
    """Its holder gave it back."""


Outcome: TypeAlias = Delivered | Stopped | Released


class Lease:
    """One of them. `done` is set when it is over, whoever ended it."""

    __slots__ = ("done", "hear", "session")

    def __init__(self, session: SessionId, hear: Callable[[bytes], None] | None = None) -> None:
        """Have the line in the name of `session`; `hear` gets what the guest prints meanwhile."""
        self.session = session
        self.hear = hear
        self.done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def end(self, outcome: Outcome) -> None:
        """Tell its holder what became of it, and let it hear no more."""
        self.hear = None
        if not self.done.done():
            self.done.set_result(outcome)
