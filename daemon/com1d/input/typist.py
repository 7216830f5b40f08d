"""The session that types, as far as the way to the port deals with it."""

from typing import Any, Protocol

from com1d.core.session.session import SessionId


class Typist(Protocol):
    """Whoever is seated."""

    session: SessionId
    typed: int
    """Bytes of it that went to the line or wait for it."""

    def notify(self, event: dict[str, Any]) -> None:
        """Tell its client."""

    def listen(self, *, hear: bool) -> None:
        """Read from its client, or let what it types wait."""
