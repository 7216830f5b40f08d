"""Who types on a console, and what has its line to itself."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from com1d.config import ConsoleConfig
from com1d.core.keys import translator
from com1d.core.paste import burst
from com1d.core.paste.transfer import Transfer
from com1d.core.session.session import SessionId
from com1d.wire.events import Event


class Typist(Protocol):
    """The session that types."""

    session: SessionId
    typed: int

    def notify(self, event: Event) -> None:
        """Tell its client."""

    def listen(self, *, hear: bool) -> None:
        """Read from its client, or let what it types wait."""


class Hands:
    """What belongs to one session's typing: its burst limit and its keyboard."""

    __slots__ = ("burst", "keyboard", "typist")

    def __init__(self, typist: Typist, config: ConsoleConfig) -> None:
        self.typist = typist
        self.burst = burst.BurstLimit(config.paste_limit, config.baud)
        self.keyboard = translator.Translator()


class Work:
    """What has the line to itself: a paste or, without a transfer, what `claim`ed it."""

    __slots__ = ("done", "hear", "report", "session", "transfer", "verified")

    def __init__(
        self,
        transfer: Transfer | None,
        session: SessionId,
        report: Callable[[Event], None],
        hear: Callable[[bytes], None] | None = None,
    ) -> None:
        self.transfer = transfer
        self.session = session
        self.report = report
        self.hear = hear
        """Gets what the guest prints meanwhile, where somebody wants to know."""
        self.verified = 0
        self.done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        """Its outcome; `stopped` says why it is not whole."""

    @property
    def listens(self) -> bool:
        """Whether what the guest prints matters to it."""
        return self.transfer is not None or self.hear is not None
