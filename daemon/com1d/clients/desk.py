"""The console, as far as its clients deal with it."""

from contextlib import AbstractContextManager
from typing import Protocol

from com1d.audit.entry import Deed
from com1d.bootlog.console_log import ConsoleLog
from com1d.clients.client import Reader
from com1d.core.session.session import SessionId
from com1d.core.stream.ring import Ring
from com1d.input.input import Input


class Seats(Protocol):
    """Who sits at the console."""

    def leave(self, reader: Reader) -> None:
        """Forget a client whose socket is closed."""

    def may_type(self, session: SessionId) -> bool:
        """Whether this session's input may go to the port now."""

    def stir(self) -> None:
        """Take note that the active session does something."""

    def deed(self, reader: Reader, verb: str) -> AbstractContextManager[Deed]:
        """Prepare the audit's line about something that a session does."""

    def grant(self, holder: Reader, to: SessionId | None) -> None:
        """Give the seat to a session that waits. Raises `BadRequest` when there is none."""


class Desk(Protocol):
    """What a client needs of its console."""

    ring: Ring
    log: ConsoleLog
    input: Input

    @property
    def name(self) -> str:
        """Its name in the configuration."""

    @property
    def seating(self) -> Seats:
        """Who sits at it."""

    def type(self, reader: Reader, data: bytes) -> None:
        """Take what a client sent as keys."""

    def end_at_sac(self) -> bytes | None:
        """Give the end of what the guest printed, while it is at `SAC>`."""
