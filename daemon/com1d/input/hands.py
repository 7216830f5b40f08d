"""The session that types: its keyboard, and what its client is told."""

import asyncio
from typing import Protocol

from com1d.core.keys.keyboard import BEHIND_BYTES, Keyboard
from com1d.core.paste.burst import Cut, Refused, Unfinished
from com1d.core.session.session import SessionId
from com1d.wire.events import Event, InputRefused


class Typist(Protocol):
    """Whoever is seated."""

    session: SessionId
    typed: int
    """Bytes of it that went to the line or wait for it."""

    def notify(self, event: Event) -> None:
        """Tell its client."""

    def listen(self, *, hear: bool) -> None:
        """Read from its client, or let what it types wait."""


def refusal(command: Refused | Cut | Unfinished) -> InputRefused:
    """Tell of input that the burst limit kept back, or discarded."""
    match command:
        case Refused(characters=characters):
            more = {"characters": characters}
            return InputRefused("paste-too-long", str(command), 0, more)
        case Cut(size=size):
            return InputRefused("paste-too-long", str(command), size)
        case Unfinished():
            return InputRefused("bad-request", str(command), 0)


class Hands:
    """One session's, or nobody's: a keyboard that only named keys are pressed on."""

    __slots__ = ("_loop", "_reads", "keyboard", "session", "typist")

    def __init__(self, keyboard: Keyboard, typist: Typist | None = None) -> None:
        """Type on a fresh keyboard."""
        self.typist = typist
        self.session: SessionId = typist.session if typist is not None else 0
        """Its number; 0 is nobody's."""
        self.keyboard = keyboard
        self._loop = asyncio.get_running_loop()
        self._reads = True
        """Whether the client is read, or what it types waits in its socket."""

    def tell(self, event: Event) -> None:
        """Tell its client."""
        if self.typist is not None:
            self.typist.notify(event)

    def regulate(self, *, full: bool) -> None:
        """Read from the client exactly while what it types has somewhere to go.

        That is not where the line's queue is `full`, or much waits behind a lease.
        """
        reads = not full and self.keyboard.behind < BEHIND_BYTES
        if self.typist is None or reads is self._reads:
            return
        self._reads = reads
        self.typist.listen(hear=reads)
        if reads:
            self.keyboard.resume(self._loop.time())
        else:
            self.keyboard.pause()
