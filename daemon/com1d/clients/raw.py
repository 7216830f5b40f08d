"""Clients of the raw sockets: bytes and nothing else, for socat, scripts and nc."""

import contextlib
import os
from typing import ClassVar

from com1d.clients.client import LEFT_BEHIND, Client
from com1d.clients.seats import Position, Seats
from com1d.core.carried import carried
from com1d.errors import Forbidden
from com1d.loop.lingering import close_emptied
from com1d.loop.poller import Poller
from com1d.wire.events import Event, Hint, InputDiscarded, InputRefused, Lost, NotDraining
from com1d.wire.words import Mode


@carried(without=LEFT_BEHIND)
class RawClient(Client):
    """A session over `NAME.sock` (active) or `NAME.observe.sock` (observer)."""

    __slots__ = ("_told_observer",)

    via: ClassVar[str] = "raw"
    chunk_bytes: ClassVar[int] = 65536
    half_closes: ClassVar[bool] = True  # a script's `| socat - UNIX:...` waits for the answer

    def __init__(self, fd: int, session: Position, poller: Poller, seats: Seats) -> None:
        """Take over `fd`."""
        super().__init__(fd, session, poller, seats)
        self._told_observer = False

    def take(self, fresh: bytes) -> None:
        """Send a new piece: a single write, as raw clients have no frames, in the usual case."""
        if not self._level:
            self.pump()
            return
        try:
            sent = os.write(self._fd, fresh)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abandon()
            return
        self.session.cursor += sent
        if sent < len(fresh):
            self._block()

    def _frame(self, chunk: bytes | memoryview) -> bytes | memoryview:
        return chunk

    def _keep(self, chunk: bytes | memoryview, frame: bytes | memoryview, sent: int) -> None:
        del chunk, frame  # without frames, the rest is still in the ring
        self.session.cursor += sent

    def _event_frame(self, event: Event) -> bytes:
        """Put only losses into the stream, of either direction: they must not be silent."""
        match event:
            case Lost(bytes=count):
                return self._line(f"{count} bytes lost, because this client reads too slowly")
            case InputDiscarded(bytes=count):
                return self._line(f"{count} bytes that you typed were discarded")
            case InputRefused():
                return self._line(event.detail or event.code)
            case NotDraining(text=text) | Hint(text=text):
                return self._line(text)
            case _:
                return b""

    def _line(self, text: str) -> bytes:
        return f"\r\n[com1d: {self.session.console}: {text}]\r\n".encode()

    def _farewell(self, code: int, reason: str) -> bytes:
        del code
        return f"\r\ncom1d: {self.session.console}: {reason}\r\n".encode()

    def _receive(self, data: bytes) -> None:
        if self.seat is not None:
            self.seat.keys(data)
        elif self.session.wanted is Mode.ACTIVE:
            self._refuse(data)
        elif not self._told_observer:
            self._told_observer = True
            detail = "this socket observes; what you type goes nowhere"
            self.notify(InputRefused(Forbidden.code, detail))


def refuse(fd: int, line: str) -> None:
    """Send one line with the reason why a raw client is refused, and close its socket."""
    with contextlib.suppress(OSError):
        os.write(fd, f"{line}\r\n".encode())
    close_emptied(fd)
