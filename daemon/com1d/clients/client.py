"""A client of one console: a cursor into its ring, and a socket.

Of active sessions and observers, raw and WebSocket, `take` is called with each new piece: it sends
what the socket takes. The cursor of a client that does not read stays where it is; when the ring
has moved past it, the client is told how many bytes it lost, and goes on at the oldest.

Events travel in the stream, each at its offset: `port-down` comes after the port's last byte.
"""

import contextlib
import os
import select
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import ClassVar, Final

from com1d.clients.seats import Position, Seats
from com1d.core.carry import Packed, pack, restore
from com1d.core.stream.ring import PROOF, Head, Ring
from com1d.errors import Forbidden
from com1d.input.seat import Seat
from com1d.loop.descriptors import Descriptors
from com1d.loop.lingering import close_emptied
from com1d.loop.memory import UNSURE
from com1d.loop.poller import IN, ONCE, OUT, Poller
from com1d.loop.vault import Vault, hang_up
from com1d.wire import OUTCOME_OF, Outcome
from com1d.wire.events import Event, InputRefused, Lost


LEFT_BEHIND: Final = {
    "_closed": "only open ones are handed over",
    "_fd": "handed over as a descriptor",
    "_kept": "of the console's memory",
    "_level": "found by the first `pump`",
    "_poller": "of the process",
    "_ring": "of the console",
    "_seats": "of the console",
    "seat": "given anew",
    "session": "of the seating",
}
"""Attributes of every client that are not carried, and why."""

HUNG_UP: Final = select.EPOLLHUP | select.EPOLLERR

RECEIVE_BYTES: Final = 16384
"""Bytes read from a client at once."""

PUMP_BYTES: Final = 131072
"""Bytes sent to one client per turn while it catches up, so that the others get their turn."""

EVENTS_MAX: Final = 64
"""Events that wait for a client that does not read. One more, and it is too slow to keep."""

_NO_EVENTS: Final[deque[tuple[int, bytes]]] = deque()
"""The queue of all to whom nothing happened yet: a queue takes 700 bytes even where it is empty."""


class Client(ABC):
    """Base of raw and WebSocket clients."""

    __slots__ = (
        "_blocked", "_closed", "_deaf", "_events", "_fd", "_kept", "_level", "_outcome", "_poller",
        "_reads", "_ring", "_seats", "_tail", "_waits", "seat", "session",
    )  # fmt: skip

    via: ClassVar[str]
    """By which entrance the client came: `raw` or `websocket`."""
    chunk_bytes: ClassVar[int]
    """Console bytes in one write to the client."""
    half_closes: ClassVar[bool]
    """Whether a client that has shut down its writing side still gets the stream."""

    def __init__(self, fd: int, session: Position, poller: Poller, seats: Seats) -> None:
        """Take over `fd`, non-blocking and not polled yet. `seats.left` is called at the end."""
        self.session = session
        self.seat: Seat | None = None
        """The right to type, while the client has it."""
        self._fd = fd
        self._poller = poller
        self._seats = seats
        self._outcome = Outcome.LEFT
        self._ring: Ring | None = None
        self._waits = False
        """Whether events are sent before the stream begins, because the session waits."""
        self._events = _NO_EVENTS
        self._tail = b""
        self._blocked = False
        self._level = False
        """Whether the client is caught up: its cursor equals the ring's end."""
        self._reads = True
        self._deaf = False
        self._closed = False
        self._kept: Head = [UNSURE]
        poller.add(fd, IN, self._on_ready)

    @abstractmethod
    def _frame(self, chunk: bytes | memoryview) -> bytes | memoryview:
        """Wrap console bytes for the wire."""

    @abstractmethod
    def _event_frame(self, event: Event) -> bytes:
        """Wrap an event for the wire; empty where this kind of client does not send it."""

    @abstractmethod
    def _receive(self, data: bytes) -> None:
        """Handle what the client sent."""

    @abstractmethod
    def _farewell(self, code: int, reason: str) -> bytes:
        """Give the last bytes to a client that the daemon sends away."""

    def outlive(self, vault: Vault, name: str, kept: Head) -> None:
        """Have the socket and, in `kept`, the cursor outlive a kill -9: the client is told then."""
        vault.put(name, self._fd)
        self._kept = kept
        kept[0] = UNSURE if self._tail else PROOF * self.session.cursor + 1

    @property
    def streams(self) -> bool:
        """Whether its stream has begun."""
        return self._ring is not None

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give its socket, and what waits to be sent or is not whole."""
        return {"fd": fds.give(self._fd, name), "client": pack(self)}

    def take_over(self, packed: Packed, ring: Ring | None) -> None:
        """Go on where another process was, in `ring` if its stream has begun.

        Nothing is sent before `go_on`.
        """
        restore(self, packed["client"])
        self._ring = ring
        self._poll()

    def go_on(self) -> None:
        """Send what came meanwhile."""
        self.pump()

    def wait(self) -> None:
        """Neither read the client nor begin its stream yet; send it events only."""
        self._waits = True
        self.pause_reading()
        self.pump()

    def start(self, ring: Ring) -> None:
        """Begin the stream at the session's cursor. Bytes before the ring are lost."""
        self._waits = False
        self._ring = ring

    def notify(self, event: Event) -> None:
        """Send an event at this point of the stream."""
        frame = self._event_frame(event)
        if not frame or self._closed:
            return
        if len(self._events) >= EVENTS_MAX:
            self._outcome = Outcome.TOO_SLOW
            self.abandon()
            return
        self._level = False
        self._own_events().append((self._ring.end if self._ring else 0, frame))
        if not self._blocked:
            self.pump()

    def _own_events(self) -> deque[tuple[int, bytes]]:
        """Give the queue of events to add to."""
        if self._events is _NO_EVENTS:
            self._events = deque()
        return self._events

    def take(self, fresh: bytes) -> None:
        """Send what was just appended to the ring."""
        # The bytes just read go out as they are, without a look into the ring.
        if self._level and len(fresh) <= self.chunk_bytes:
            self._send_chunk(fresh)
        else:
            self.pump()

    def pump(self) -> None:
        """Send what is new."""
        if self._blocked:
            return
        if self._ring is None:
            while self._waits and self._events and self._send(self._events.popleft()[1]):
                pass
        elif not self._catch_up(self._ring):
            self._block()  # EPOLLOUT brings the next turn, behind the other clients

    def _catch_up(self, ring: Ring) -> bool:
        """Send until caught up; false when the socket is full or this turn's share is used up."""
        session, budget = self.session, PUMP_BYTES
        while budget > 0:
            # An event is due when the cursor reaches the offset at which it happened.
            if self._events and self._events[0][0] <= session.cursor:
                if not self._send(self._events.popleft()[1]):
                    return True  # the tail still waits for room in the socket
                continue
            credit = session.window - session.unacknowledged if session.window else budget
            if credit <= 0:
                return True  # what it misses meanwhile is counted when it acknowledges
            if session.cursor < ring.start:
                self._skip(ring.start)
                continue
            limit = self._events[0][0] - session.cursor if self._events else budget
            chunk = ring.peek(session.cursor, min(self.chunk_bytes, credit, limit))
            if not chunk:
                self._level = not session.window  # one with a window is looked at for each piece
                return True
            if not self._send_chunk(chunk):
                return True
            budget -= len(chunk)
        return False

    def _skip(self, start: int) -> None:
        missed = start - self.session.cursor
        self.session.cursor = start
        self.session.lost += missed
        frame = self._event_frame(Lost(missed, start))
        if frame:
            self._own_events().appendleft((start, frame))

    def _send_chunk(self, chunk: bytes | memoryview) -> bool:
        """Send console bytes; the cursor moves by what the kernel took or the tail keeps."""
        frame = self._frame(chunk)
        kept = self._kept
        kept[0] = UNSURE  # who finds this after a crash does not know what the socket has taken
        try:
            sent = os.write(self._fd, frame)
        except BlockingIOError:
            kept[0] = PROOF * self.session.cursor + 1
            self._block()
            return False
        except OSError:
            self.abandon()
            return False
        self.session.cursor += len(chunk)
        self.session.unacknowledged += len(chunk)
        if sent == len(frame):
            kept[0] = PROOF * self.session.cursor + 1
            return True
        self._tail = bytes(frame[sent:])
        self._block()
        return False

    def _send(self, frame: bytes) -> bool:
        """Send an event or control frame whole; what does not fit becomes the tail."""
        self._kept[0] = UNSURE
        try:
            sent = os.write(self._fd, frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abandon()
            return False
        if sent == len(frame):
            self._kept[0] = PROOF * self.session.cursor + 1
            return True
        self._tail = frame[sent:]
        self._block()
        return False

    def _on_ready(self, events: int) -> None:
        if events & OUT:
            self._unblock()
        if self._closed or not events & ~OUT:
            return
        if self._reads and not self._deaf:
            self._read(hung_up=bool(events & HUNG_UP))
        elif self._deaf and events & HUNG_UP:
            self.abandon()

    def _unblock(self) -> None:
        if self._tail:
            tail, self._tail = self._tail, b""
            if not self._send(tail):
                return
        self._blocked = False
        self._poll()
        self.pump()

    def _block(self) -> None:
        if not self._blocked:
            self._blocked = True
            self._level = False
            self._poll()

    def pause_reading(self) -> None:
        """Let what the client types wait in its socket: back-pressure."""
        self._reads = False
        self._poll()

    def resume_reading(self) -> None:
        """Read what the client types."""
        self._reads = True
        self._poll()

    def _poll(self) -> None:
        if self._closed:
            return
        wanted = IN if self._reads and not self._deaf else 0
        # A bare ONCE: a client that hangs up while it waits to be heard says so once, not for ever.
        self._poller.modify(self._fd, wanted | (OUT if self._blocked else 0) or ONCE)

    def _read(self, *, hung_up: bool) -> None:
        try:
            data = os.read(self._fd, RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.abandon()
            return
        if data:
            self._receive(data)
        elif hung_up or not self.half_closes:
            self.abandon()
        else:
            self._deaf = True  # half-closed: polled for input, it would be ready for ever
            self._poll()

    def dismiss(self, code: int, reason: str) -> None:
        """Close the connection, after a last message if the socket takes one.

        Bytes that a stuck client has not read by now are dropped, so that it holds nobody up.
        """
        if self._closed:
            return
        self._outcome = OUTCOME_OF.get(code, Outcome.LEFT)
        self.pump()
        if self._closed:
            return
        if not self._tail:  # never into the middle of a frame
            words = b"".join(frame for _, frame in self._events) + self._farewell(code, reason)
            with contextlib.suppress(OSError):
                os.write(self._fd, words)
        self._end(self._let_go)

    def _let_go(self, fd: int) -> None:
        """Close a descriptor whose client has got its last message."""
        close_emptied(fd)

    def abandon(self) -> None:
        """Close without a message and report to the owner."""
        if not self._closed:
            self._end(hang_up)

    def _end(self, let_go: Callable[[int], None]) -> None:
        self._closed = self._blocked = True
        self._level = False
        self._poller.remove(self._fd)
        let_go(self._fd)
        self._events.clear()
        self._tail = b""
        self._left()

    def _left(self) -> None:
        """Report to the owner, once."""
        self._seats.left(self.session.number, self._outcome)

    def _refuse(self, data: bytes) -> None:
        """Refuse input of a session without the seat, count it, and tell the client."""
        self._seats.refused(len(data))
        detail = "only the active session types; what you type goes nowhere"
        self.notify(InputRefused(Forbidden.code, detail, len(data)))
