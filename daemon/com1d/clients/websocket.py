"""Clients of `com1.v1`: console bytes in binary frames, events and operations in text frames."""

import json
from typing import Any, ClassVar, Final

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from com1d import wire
from com1d.audit.entry import sizes
from com1d.bootlog.console_log import ConsoleLog
from com1d.clients.client import EVENTS_MAX, LEFT_BEHIND, PUMP_BYTES, Client
from com1d.clients.opening import MESSAGE_BYTES
from com1d.clients.operation import read_operation
from com1d.clients.part import Part
from com1d.clients.recall import Recall
from com1d.clients.seats import Position, Seats
from com1d.clients.unfinished import MESSAGE_SECONDS, Budget, Unfinished
from com1d.core.carried import carried, carried_enum
from com1d.core.carry import Packed, pack, unpack
from com1d.core.stream.ring import Ring
from com1d.errors import BadRequest, Forbidden, Problem, Unsupported
from com1d.input.seat import Seat
from com1d.loop.descriptors import Descriptors
from com1d.loop.lingering import Lingering
from com1d.loop.poller import Poller
from com1d.wire.events import Event, Hint, InputRefused, Pong, Restarted, Screen
from com1d.wire.outcome import CLOSE_RESTARTING


OBSERVER_BYTES: Final = 4096
"""The same of one that has no seat: it has nothing to say but to close."""

carried_enum(Opcode)

AUDITED: Final = frozenset({"paste", "keys", "message", "note"})
"""Operations that are audited, when they are accepted or refused."""

SPOKEN: Final = frozenset({"message", "note"})
"""Operations that are no input to the guest, and need no seat."""

UNTYPED: Final = frozenset({"ack", "ping"})
"""Operations of the terminal, and not of its user: they are no activity."""


def let_go(protocol: ServerProtocol) -> None:
    """Have a protocol that has ended freed by its reference count: its parser refers back to it."""
    protocol.parser.close()


def text_frame(event: dict[str, Any]) -> bytes:
    """Wrap an event as a text frame."""
    payload = json.dumps(event, separators=(",", ":")).encode()
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


@carried(
    without=LEFT_BEHIND
    | {
        "_lingering": "of the daemon",
        "_log": "of the console",
        "_protocol": "made anew, and given what had come of a frame",
        "_recall": "begun anew at the cursor",
        "_part": "what had come, which is handed over",
        "_unfinished": "begun anew with what had come",
    }
)
class WebSocketClient(Client):
    """A session over `com1.v1`."""

    __slots__ = (
        "_fragments", "_lingering", "_log", "_opcode", "_part", "_protocol", "_recall", "_shown",
        "_unfinished",
    )  # fmt: skip

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
        lingering: Lingering,
    ) -> None:
        """Take over `fd`, whose opening handshake `protocol` has answered.

        What is replayed from before the ring comes from `log`. When the client is sent away, `fd`
        goes to `lingering`.
        """
        super().__init__(fd, session, poller, seats)
        self._log = log
        self._lingering = lingering
        self._protocol = protocol
        self._unfinished = Unfinished(budget, evict=self._evict, expired=self._expire)
        self._fragments: bytearray | None = None
        """Of a message whose last frame has not come."""
        self._opcode = Opcode.BINARY
        self._part = Part()
        """What has come of a frame that is not whole."""
        self._recall: Recall | None = None
        self._shown = b""

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give its socket, and what has come of a message or waits to be sent."""
        came = self._part.came(self._protocol.reader.buffer)
        return super().hand_over(fds, name) | {"came": pack(came)}

    def take_over(self, packed: Packed, ring: Ring | None) -> None:
        """Go on where another process was, also within a frame."""
        super().take_over(packed, ring)
        if self._fragments is not None:
            frame = Frame(self._opcode, bytes(self._fragments), fin=False)
            self._protocol.receive_data(frame.serialize(mask=True))
            self._protocol.events_received()
        came = unpack(packed["came"])
        self._protocol.receive_data(came)
        self._part.take(came)
        if ring is not None:
            self._look_back(ring)
        self._note_unfinished(begun=bool(came))

    def show(self, screen: bytes) -> None:
        """Send a painted screen when the stream begins, in front of it: bytes without an offset."""
        self._shown = screen

    def _shown_frames(self, offset: int) -> bytes:
        event = Screen(len(self._shown), offset).as_json()
        chunks = range(0, len(self._shown), self.chunk_bytes)
        frames = (self._frame(self._shown[at : at + self.chunk_bytes]) for at in chunks)
        return text_frame(event) + b"".join(frames)

    def start(self, ring: Ring) -> None:
        """Begin the stream; bytes before the ring come from the log."""
        super().start(ring)
        cursor = self.session.cursor
        if self._shown:
            self._own_events().append((cursor, self._shown_frames(cursor)))
            self.session.unacknowledged += len(self._shown)
            self._shown = b""
        self._look_back(ring)

    def _look_back(self, ring: Ring) -> None:
        """Have bytes from before the ring read from the log, if it has them."""
        cursor = self.session.cursor
        if self._log.store is not None and cursor < ring.start:
            self._recall = Recall(self._log.store.past, cursor, self.pump)

    def _catch_up(self, ring: Ring) -> bool:
        return (self._recall is not None and not self._recalled(ring)) or super()._catch_up(ring)

    def _recalled(self, ring: Ring) -> bool:
        """Send bytes from before the ring; true when the ring goes on from here."""
        session, budget = self.session, PUMP_BYTES
        while self._recall is not None and session.cursor < ring.start:
            if self._events and self._events[0][0] <= session.cursor:
                if not self._send(self._events.popleft()[1]):
                    return False
                continue
            if budget <= 0:
                self._block()
                return False
            credit = session.window - session.unacknowledged if session.window else budget
            if credit <= 0:
                return False
            piece = self._recall.take(session.cursor, ring)
            if piece is None:
                return False
            if piece.offset > session.cursor:
                self._skip(piece.offset)
                continue
            until_event = self._events[0][0] - session.cursor if self._events else self.chunk_bytes
            chunk = piece.data[: min(self.chunk_bytes, credit, until_event)]
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
        self._unfinished.close()
        let_go(self._protocol)
        super()._left()

    def _frame(self, chunk: bytes | memoryview) -> bytes:
        return Frame(Opcode.BINARY, chunk).serialize(mask=False)

    def _event_frame(self, event: Event) -> bytes:
        return text_frame(event.as_json())

    def _farewell(self, code: int, reason: str) -> bytes:
        place = b""
        if self._protocol.state is State.OPEN:
            if code == CLOSE_RESTARTING:
                place = self._event_frame(Restarted(self.session.cursor))
            self._protocol.send_close(code, reason.encode()[:123].decode(errors="ignore"))
        return place + b"".join(self._protocol.data_to_send())

    def _let_go(self, fd: int) -> None:
        if self._protocol.close_rcvd or self._protocol.state is State.OPEN:
            super()._let_go(fd)  # it has said that it sends no more, or was not told to
        else:
            self._lingering.keep(fd)

    def _receive(self, data: bytes) -> None:
        protocol, whole = self._protocol, False
        protocol.max_message_size = OBSERVER_BYTES if self.seat is None else MESSAGE_BYTES
        protocol.receive_data(data)
        for frame in protocol.events_received():
            if not isinstance(frame, Frame):
                continue
            whole = True
            if frame.opcode is Opcode.BINARY and frame.fin:  # nearly always: keys
                self._type(bytes(frame.data))
            else:
                self._on_frame(frame)
        self._part.take(data)
        reply = b"".join(protocol.data_to_send())
        if reply and not self._closed:
            self._reply(reply)
        if protocol.state is not State.OPEN:
            self.dismiss(CloseCode.NORMAL_CLOSURE, "")  # the reply above was its close frame
        elif (
            not whole
            or protocol.reader.buffer
            or self._fragments is not None
            or self._unfinished.pending
        ):
            self._note_unfinished(begun=not whole)

    def _note_unfinished(self, *, begun: bool) -> None:
        """Account for what is there of a message; `begun` when all that came was a part of one."""
        held, fragments = len(self._protocol.reader.buffer), self._fragments
        if self._closed or not (begun or held or fragments is not None):
            self._unfinished.finish()
        else:
            self._unfinished.hold(held + len(fragments or b""))

    def _evict(self) -> None:
        self.dismiss(CloseCode.MESSAGE_TOO_BIG, "too much unfinished input on this host")

    def _expire(self) -> None:
        if self._reads:
            reason = f"a message was not whole after {MESSAGE_SECONDS:g} s"
            self.dismiss(CloseCode.POLICY_VIOLATION, reason)
        else:  # the line is full, and the rest waits in the client's socket
            self._unfinished.wait()

    def _on_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT and frame.fin:  # two megabytes are not copied again
            self._operate(bytes(frame.data))
            return
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode, self._fragments = frame.opcode, bytearray()
        elif frame.opcode is not Opcode.CONT or self._fragments is None:
            return
        self._fragments += frame.data
        if frame.fin:
            message, self._fragments = bytes(self._fragments), None
            if self._opcode is Opcode.BINARY:
                self._type(message)
            else:
                self._operate(message)

    def _type(self, message: bytes) -> None:
        """Pass keys on; but hold back an Enter that does harm at `SAC>` once, and ask the user."""
        seat = self.seat
        if seat is None:
            self._refuse(message)
        elif seat.caution is None or (question := seat.caution.handle(message, seat.shown)) is None:
            seat.keys(message)
        else:
            seat.note_activity()
            self.notify(Hint(question, confirm="Enter"))

    def _reply(self, frames: bytes) -> None:
        """Send pongs and close frames as soon as the socket takes them, before the stream."""
        if len(self._events) >= EVENTS_MAX:
            self.abandon()
        elif self._blocked:
            self._own_events().appendleft((0, frames))
        else:
            self._send(frames)

    def _operate(self, message: bytes) -> None:
        try:
            operation = read_operation(message)
            name = wire.field(operation, "op", str)
            if name in AUDITED and (self.seat is not None or name in SPOKEN):
                with self._seats.audit_entry(self.session.number, name) as entry:
                    entry.details |= sizes(operation)
                    self._carry_out(name, operation)
            else:
                self._carry_out(name, operation)
        except Problem as problem:
            self.notify(InputRefused.of(problem))

    def _acknowledge(self, count: int) -> None:
        """Take note that the client is done with `count` bytes, and send it as many more."""
        session = self.session
        if not session.window or not 0 < count <= session.unacknowledged:
            raise BadRequest(f"{count} bytes are acknowledged that were not sent for it")
        session.unacknowledged -= count
        self.pump()

    def _carry_out(self, name: str, operation: dict[str, Any]) -> None:
        if self.seat is not None and name not in UNTYPED:
            self.seat.note_activity()
        match name:
            case "ping":
                self.notify(Pong())
            case "ack":
                self._acknowledge(wire.field(operation, "bytes", int))
            case "message":
                self._seats.talk.say_from(self.session.number, wire.field(operation, "text", str))
            case "note":
                self._seats.talk.note_from(self.session.number, wire.field(operation, "text", str))
            case _ if self.seat is None:
                raise Forbidden("only the active session types")
            case _:
                self._input(self.seat, name, operation)

    def _input(self, seat: Seat, name: str, operation: dict[str, Any]) -> None:
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
