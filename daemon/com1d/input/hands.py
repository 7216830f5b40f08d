"""The session that types: its keyboard, and the events for its client."""

import asyncio
from typing import Protocol

from com1d.core.carried import carried
from com1d.core.keys.keyboard import BEHIND_BYTES, Keyboard
from com1d.core.paste.burst import Cut, Refused, Unfinished
from com1d.core.session.session import SessionId
from com1d.wire.events import Event, InputRefused


class Typist(Protocol):
    """The client of the session that has the seat."""

    session: SessionId
    typed: int
    """Bytes of the session that went to the line or wait for it."""

    def notify(self, event: Event) -> None:
        """Tell its client."""

    def pause_reading(self) -> None:
        """Let what it types wait in its socket."""

    def resume_reading(self) -> None:
        """Read what it types."""


def refusal(command: Refused | Cut | Unfinished) -> InputRefused:
    """Make the event about input that the burst limit refused or cut."""
    match command:
        case Refused(characters=characters):
            more = {"characters": characters}
            return InputRefused("paste-too-long", str(command), 0, more)
        case Cut(size=size):
            return InputRefused("paste-too-long", str(command), size)
        case Unfinished():
            return InputRefused("bad-request", str(command), 0)


@carried(without={"_loop": "of the process", "typist": "the seat that is given anew"})
class Hands:
    """The keyboard of the seated session; with no session, only named keys are pressed on it."""

    __slots__ = ("_loop", "_reads", "keyboard", "session", "typist")

    def __init__(self, keyboard: Keyboard, typist: Typist | None = None) -> None:
        """Begin with no session and a fresh keyboard."""
        self.typist = typist
        self.session: SessionId = typist.session if typist is not None else 0
        """The session's number; 0 for none."""
        self.keyboard = keyboard
        self._loop = asyncio.get_running_loop()
        self._reads = True
        """Whether the client is read; if not, its input waits in its socket."""

    def tell(self, event: Event) -> None:
        """Tell its client."""
        if self.typist is not None:
            self.typist.notify(event)

    def regulate(self, *, full: bool) -> None:
        """Read from the client exactly while its input can be taken.

        It cannot while the line's queue is `full`, or many keys wait behind a lease.
        """
        reads = not full and self.keyboard.behind < BEHIND_BYTES
        if self.typist is None or reads is self._reads:
            return
        self._reads = reads
        if reads:
            self.typist.resume_reading()
            self.keyboard.resume(self._loop.time())
        else:
            self.typist.pause_reading()
            self.keyboard.pause()
