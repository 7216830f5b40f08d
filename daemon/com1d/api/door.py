"""What the connections of one listener have in common: who answers, and what they may take."""

from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Final, TypeAlias

from com1d.api.messages import Request, Response, Upgrade
from com1d.errors import TooManyClients
from com1d.values import dataclass


LONG_BODIES: Final = 32 * 1024 * 1024
"""Bytes of all long bodies together: sixteen of the longest, or hundreds of pastes at their
limit."""

Handler: TypeAlias = Callable[[Request], Awaitable[Response | Upgrade]]


class Bodies:
    """The memory that all long bodies take together."""

    __slots__ = ("_limit", "used")

    def __init__(self, limit: int = LONG_BODIES) -> None:
        """Allow `limit` bytes."""
        self.used = 0
        """Bytes that are held."""
        self._limit = limit

    def take(self, count: int) -> None:
        """Account for `count` more bytes. Raises `TooManyClients`, and takes none then."""
        if self.used + count > self._limit:
            raise TooManyClients("too many long requests arrive at the same time")
        self.used += count

    def give_back(self, count: int) -> None:
        """Account for `count` bytes that are let go."""
        self.used -= count


class Gate:
    """Whether new requests are answered. While it is closed, whole ones wait."""

    __slots__ = ("is_open",)

    def __init__(self) -> None:
        """Begin open."""
        self.is_open = True


def _nothing_resumes(_request: Request) -> bool:
    """Say that no other process can go on with it."""
    return False


def _everybody(_request: Request) -> None:
    """Let everybody send a long body."""


@dataclass(frozen=True, slots=True)
class Door:
    """What all connections of a listener have in common."""

    answer: Handler
    bodies: Bodies
    judge: Callable[[Request], None] = _everybody
    """Called before a long body is read; raises a `Problem` where the head is not allowed."""
    resumes: Callable[[Request], bool] = _nothing_resumes
    """Whether another process can go on with what a request does."""
    gate: Gate = field(default_factory=Gate)
    looks_only: bool = False
    """Whether only GET and HEAD without a body are answered, one request a connection (metrics)."""
