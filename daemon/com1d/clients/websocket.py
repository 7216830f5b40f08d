"""Clients of `com1.v1`: console bytes in binary frames, events and operations in text frames."""

import json
from http import HTTPStatus
from typing import Any, ClassVar, Final

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from com1d import wire
from com1d.audit.entry import sizes
from com1d.bootlog.console_log import ConsoleLog
from com1d.clients.client import EVENTS_MAX, PUMP_BYTES, Client
from com1d.clients.recall import Recall
from com1d.clients.seats import Position, Seats
from com1d.core.stream.ring import Ring
from com1d.errors import BadRequest, Forbidden, Problem, Unsupported
from com1d.input.seat import Seat
from com1d.loop.poller import Poller
from com1d.wire.events import Event, Hint, InputRefused, Screen


MESSAGE_BYTES: Final = 2 * 1024 * 1024
"""The largest message a client may send. Far over the paste limit on purpose, so that somebody who
pastes a megabyte is told how long it was instead of being cut off."""

MESSAGES_BYTES: Final = 64 * 1024 * 1024
"""Unfinished messages of all clients together; over it, the one that grew is closed. It bounds
what two thousand clients can make the daemon hold."""


AUDITED: Final = frozenset({"paste", "keys"})
"""Operations that the audit has a line for, once they are accepted or refused."""


class Budget:
    """What all clients' unfinished messages take together."""

    def __init__(self, limit: int = MESSAGES_BYTES) -> None:
        """Allow `limit` bytes."""
        self.limit = limit
        self.used = 0

    def change(self, by: int) -> None:
        """Account for `by` more, or fewer, bytes."""
        self.used += by


def handshake(
    head: bytes, subprotocol: str | None, longest: int = MESSAGE_BYTES
) -> tuple[ServerProtocol, bytes]:
    """Answer an upgrade request: the protocol, open, and the bytes to send.

    Messages of the client have `longest` bytes at most.
    Raises `BadRequest` when the request is no correct WebSocket opening.
    """
    protocol = ServerProtocol(
        subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        max_size=longest,
    )
    protocol.receive_data(head)
    request = next((e for e in protocol.events_received() if isinstance(e, Request)), None)
    if request is None:
        raise BadRequest("this is no WebSocket opening")
    response = protocol.accept(request)
    if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        raise BadRequest((response.body or b"").decode(errors="replace").strip())
    protocol.send_response(response)
    return protocol, b"".join(protocol.data_to_send())


def text_frame(event: dict[str, Any]) -> bytes:
    """Wrap an event as a text frame."""
    payload = json.dumps(event, separators=(",", ":")).encode()
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


class WebSocketClient(Client):
    """A session over `com1.v1`."""

    via: ClassVar[str] = "websocket"
    chunk_bytes: ClassVar[int] = 16384
    half_closes: ClassVar[bool] = False  # RFC 6455 section 7.1.1: the end of TCP is the end

    def __init__(
        self,
        fd: int,
        session: Position,
        poller: Poller,
        seats: Seats,
        log: ConsoleLog,
        protocol: ServerProtocol,
        budget: Budget,
    ) -> None:
        """Take over `fd`, whose opening handshake `protocol` has answered.

        What is replayed from before the ring comes from `log`.
        """
        super().__init__(fd, session, poller, seats)
        self._log = log
        self._protocol = protocol
        self._budget = budget
        self._held = 0
        self._parts: list[bytes] = []
        self._opcode = Opcode.BINARY
        self._recall: Recall | None = None
        self._shown = b""

    def show(self, screen: bytes) -> None:
        """Send a painted screen when the stream begins, in front of it: bytes without an offset."""
        self._shown = screen

    def _shown_frames(self, offset: int) -> bytes:
        event = Screen(len(self._shown), offset).as_json()
        chunks = range(0, len(self._shown), self.chunk_bytes)
        frames = (self._frame(self._shown[at : at + self.chunk_bytes]) for at in chunks)
        return text_frame(event) + b"".join(frames)

    def start(self, ring: Ring) -> None:
        """Begin the stream; what the ring no longer has comes from the log."""
        super().start(ring)
        cursor = self.session.cursor
        if self._shown:
            self._events.append((cursor, self._shown_frames(cursor)))
            self._shown = b""
        if self._log.store is not None and cursor < ring.start:
            self._recall = Recall(self._log.store.past, cursor, self.pump)

    def _catch_up(self, ring: Ring) -> bool:
        return (self._recall is not None and not self._recalled(ring)) or super()._catch_up(ring)

    def _recalled(self, ring: Ring) -> bool:
        """Send what the ring no longer has; true when the ring goes on from here."""
        session, budget = self.session, PUMP_BYTES
        while self._recall is not None and session.cursor < ring.start:
            if self._events and self._events[0][0] <= session.cursor:
                if not self._send(self._events.popleft()[1]):
                    return False
                continue
            if budget <= 0:
                self._block()
                return False
            piece = self._recall.take(session.cursor, ring)
            if piece is None:
                return False
            if piece.offset > session.cursor:
                self._skip(piece.offset)
                continue
            until_event = self._events[0][0] - session.cursor if self._events else self.chunk_bytes
            chunk = piece.data[: min(self.chunk_bytes, until_event)]
            if not self._send_chunk(chunk):
                return False
            budget -= len(chunk)
        self._end_recall()
        return True

    def _end_recall(self) -> None:
        if self._recall is not None:
            self._recall.close()
            self._recall = None

    def _left(self) -> None:
        self._end_recall()
        self._budget.change(-self._held)
        self._held = 0
        super()._left()

    def _frame(self, chunk: bytes | memoryview) -> bytes:
        return Frame(Opcode.BINARY, chunk).serialize(mask=False)

    def _event_frame(self, event: Event) -> bytes:
        return text_frame(event.as_json())

    def _farewell(self, code: int, reason: str) -> bytes:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason.encode()[:123].decode(errors="ignore"))
        return b"".join(self._protocol.data_to_send())

    def _receive(self, data: bytes) -> None:
        self._hold(len(data))
        protocol = self._protocol
        protocol.receive_data(data)
        for frame in protocol.events_received():
            if isinstance(frame, Frame):
                self._on_frame(frame)
        reply = b"".join(protocol.data_to_send())
        if reply and not self._closed:
            self._reply(reply)
        if protocol.state is not State.OPEN:
            self.dismiss(CloseCode.NORMAL_CLOSURE, "")  # the reply above was its close frame
        elif self._budget.used > self._budget.limit:
            self.dismiss(CloseCode.MESSAGE_TOO_BIG, "too much unfinished input on this host")

    def _hold(self, count: int) -> None:
        self._held += count
        self._budget.change(count)

    def _on_frame(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode, self._parts = frame.opcode, []
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            message, self._parts = b"".join(self._parts), []
            self._hold(-self._held)
            if self._opcode is Opcode.BINARY:
                self._type(message)
            else:
                self._operate(message)

    def _type(self, message: bytes) -> None:
        """Pass keys on; but hold an Enter that does harm at `SAC>`, once, and ask."""
        seat = self.seat
        if seat is None:
            self._refuse(message)
        elif seat.caution is None or (question := seat.caution.handle(message, seat.shown)) is None:
            seat.keys(message)
        else:
            seat.stir()
            self.notify(Hint(question, confirm="Enter"))

    def _reply(self, frames: bytes) -> None:
        """Send pongs and close frames as soon as the socket takes them, before the stream."""
        if len(self._events) >= EVENTS_MAX:
            self.abandon()
        elif self._blocked:
            self._events.appendleft((0, frames))
        else:
            self._send(frames)

    def _operate(self, message: bytes) -> None:
        try:
            operation = _parse(message)
            name = wire.field(operation, "op", str)
            seat = self.seat
            if seat is None:
                raise Forbidden("only the active session types")
            seat.stir()
            if name in AUDITED:
                with self._seats.deed(self.session.number, name) as deed:
                    deed.details |= sizes(operation)
                    self._carry_out(seat, name, operation)
            else:
                self._carry_out(seat, name, operation)
        except Problem as problem:
            self.notify(InputRefused.of(problem))

    def _carry_out(self, seat: Seat, name: str, operation: dict[str, Any]) -> None:
        match name:
            case "paste":
                text = wire.field(operation, "text", str)
                seat.paste(text, verify=wire.field(operation, "verify", bool, default=False))
            case "keys":
                seat.press(wire.strings(operation, "keys"))
            case "grant":
                to = wire.field(operation, "session", int, default=0)
                self._seats.grant(self.session.number, to or None)
            case "cancel":
                seat.cancel()
            case _:
                raise Unsupported(f"{name!r} is not offered here")


def _parse(message: bytes) -> dict[str, Any]:
    try:
        operation = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"a text frame holds one JSON object: {error}") from None
    if not isinstance(operation, dict):
        raise BadRequest("a text frame holds one JSON object")
    return operation
