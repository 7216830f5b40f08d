"""Facts of hooks: programs that are run when a guest's state changes."""

from typing import ClassVar

from com1d.telemetry.facts.base import Fact
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class HookStarted(Fact):
    """A program was started because of a guest's state."""

    event: ClassVar[str] = "hook.started"
    audited: ClassVar[bool] = True
    console: str
    state: str
    program: str
    skipped: int
    """States of this console before this one for which nothing was run, because it was busy."""


@dataclass(frozen=True, slots=True)
class HookEnded(Fact):
    """A program has ended, was killed, or could not be started."""

    event: ClassVar[str] = "hook.ended"
    audited: ClassVar[bool] = True
    console: str
    state: str
    program: str
    outcome: str
    """`ok`, `failed`, `timeout`, `stopped` with the daemon, or why it could not be started."""
    code: int | None
    """Its exit status; negative, the number of the signal that ended it."""
    seconds: float


@dataclass(frozen=True, slots=True)
class HookSaid(Fact):
    """What a program that failed wrote to stdout and stderr. It may hold a guest's words."""

    event: ClassVar[str] = "hook.said"
    level: ClassVar[str] = "warning"
    private: ClassVar[frozenset[str]] = frozenset({"text"})
    console: str
    program: str
    text: str
