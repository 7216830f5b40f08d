"""A client whose events are words between the bytes, over a real socket whose far end is here."""

import socket
from typing import ClassVar

from com1d.clients.client import Client
from com1d.clients.seats import Position, Seats
from com1d.loop.poller import Poller
from com1d.wire.events import Attached, Event, Lost, Waiting


class NotingClient(Client):
    """Shows an event as `<name>`, with what matters of it, and a farewell as `<closed CODE>`."""

    via: ClassVar[str] = "noting"
    chunk_bytes: ClassVar[int] = 4096
    half_closes: ClassVar[bool] = False

    def __init__(self, session: Position, poller: Poller, seats: Seats) -> None:
        ours, self.far = socket.socketpair()
        ours.setblocking(False)
        self.far.setblocking(False)
        super().__init__(ours.detach(), session, poller, seats)

    def _frame(self, chunk):
        return chunk

    def _event_frame(self, event: Event) -> bytes:
        match event:
            case Attached(mode=detail) | Waiting(place=detail) | Lost(bytes=detail):
                return f"<{event.name} {detail}>".encode()
        return f"<{event.name}>".encode()

    def _receive(self, data: bytes) -> None:
        if self.seat is None:
            self._refuse(data)
        else:
            self.seat.keys(data)

    def _farewell(self, code: int, _reason: str) -> bytes:
        return f"<closed {code}>".encode()

    def heard(self) -> str:
        """Give what has come to the far end."""
        whole = b""
        try:
            while data := self.far.recv(65536):
                whole += data
        except BlockingIOError:
            pass
        return whole.decode()
