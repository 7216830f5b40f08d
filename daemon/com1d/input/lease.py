"""A lease of the line, for one holder: a paste, SysRq, a conversation."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from com1d.core.keys.repeat import Repeat
from com1d.core.session.session import SessionId
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """A paste was delivered whole. In characters."""

    sent: int
    verified: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The lease was ended from outside or, a paste's, because of what the guest showed."""

    why: str
    verified: int = 0
    """Characters of a paste that the guest was seen to have."""
    position: int | None = None
    """Position of the character at which a paste stopped; counts from 1."""


@dataclass(frozen=True, slots=True)
class Released:
    """The holder ended the lease."""


Outcome: TypeAlias = Delivered | Stopped | Released


class Lease:
    """One lease. `done` is set when it has ended, however it ended."""

    __slots__ = ("done", "hear", "holder", "pastes", "session")

    def __init__(self, session: SessionId, hear: Callable[[bytes], None] | None = None) -> None:
        """Lease the line for `session`; `hear` is called with what the guest prints meanwhile."""
        self.session = session
        self.hear = hear
        self.holder: Repeat | None = None
        """The keys that are held meanwhile, with which another process can go on."""
        self.pastes = False
        """Whether a paste has it."""
        self.done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def end(self, outcome: Outcome) -> None:
        """Set the outcome, and stop calling `hear`."""
        self.hear = None
        if not self.done.done():
            self.done.set_result(outcome)
