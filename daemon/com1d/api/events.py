"""`GET /v1/events`: what happens on the consoles that a caller may read, as it happens.

The last events are kept once for all subscribers, each of which has a position among them. A fact
only wakes the subscribers. A few of them are served in each turn of the loop, and each gets all
events since its position in one write. Which consoles are visible is looked up once a user, not for
each of his streams.
"""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeAlias

from websockets.frames import CloseCode
from websockets.protocol import State
from websockets.server import ServerProtocol

from com1d import wire
from com1d.access.peer import Caller
from com1d.api.heartbeat import PING_SECONDS, Heartbeat
from com1d.clients.opening import opened
from com1d.clients.part import Part
from com1d.clients.websocket import let_go, text_frame
from com1d.core.access.policy import Peer
from com1d.core.carry import Packed, pack, unpack
from com1d.loop.descriptors import Descriptors
from com1d.loop.lingering import Lingering
from com1d.loop.poller import IN, OUT, Poller
from com1d.loop.sender import Sender
from com1d.sessions.attendance import Attendance
from com1d.telemetry.facts import Fact


QUEUE_EVENTS: Final = 256
"""Events that a subscriber may be behind. With one more it is closed, so that it knows that it
missed some."""

MESSAGE_BYTES: Final = 4096
"""Bytes of the longest message of a subscriber, which sends only pings and a close."""

RECEIVE_BYTES: Final = 4096

BATCH: Final = 32
"""Events sent to a subscriber at once, some 10 KiB; the next ones when it has read these."""

WAITING_BYTES: Final = 65536
"""Bytes that may wait for a subscriber: a batch, and answers to pings."""

SLICE: Final = 32
"""Subscribers served before the loop goes on: about half a millisecond."""

KNOWN_CONSOLES: Final = 4096
"""Consoles whose visibility is remembered for each user: all that a host has."""

Viewer: TypeAlias = Callable[[Caller], Callable[[str], bool] | None]
"""Gives the test of which consoles a caller may see; None for whom there is no grant at all."""


class EventStreams:
    """All subscribers."""

    def __init__(
        self,
        poller: Poller,
        now: Callable[[], str],
        attendance: Attendance,
        lingering: Lingering,
    ) -> None:
        """Stamp events with `now`; subscribers count in `attendance`, and end in `lingering`."""
        self._poller = poller
        self._lingering = lingering
        self._attendance = attendance
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._events: deque[tuple[str, bytes]] = deque()
        self._end = 0  # events that there have been
        self._streams: set[_Stream] = set()
        self._views: dict[Peer, _View] = {}
        self._due: deque[_Stream] = deque()
        self._turn_is_set = False
        self.dropped = 0
        """Subscribers that were closed because they would have missed events."""
        self._heartbeat = Heartbeat(self._streams, _Stream.ask)

    def __len__(self) -> int:
        """Count the subscribers."""
        return len(self._streams)

    def open(self, fd: int, protocol: ServerProtocol, caller: Caller, viewer: Viewer) -> None:
        """Take over `fd`; it gets the events of the consoles that `caller` may see from now on.

        Without any grant it is closed at once, as it would be if the grants were taken away later.
        """
        stream = self._add(fd, protocol, caller, viewer)
        if stream.view.sees is None:
            stream.dismiss(wire.CLOSE_FORBIDDEN, "you have no role on this host")
        else:
            self._heartbeat.start()

    def _add(self, fd: int, protocol: ServerProtocol, caller: Caller, viewer: Viewer) -> "_Stream":
        view = self._views.setdefault(caller.peer, _View(viewer(caller)))
        self._attendance.come(caller.peer.uid)
        stream = _Stream(
            fd, protocol, self._poller, caller, view, self._end,
            caught_up=self._caught_up, gone=self._gone, linger=self._lingering.keep,
        )  # fmt: skip
        self._streams.add(stream)
        return stream

    def publish(self, fact: Fact) -> None:
        """Queue a fact for every subscriber who may see its console."""
        fields = fact.fields() if self._streams else {}
        if (console := fields.get("console")) is None:
            return
        frame = text_frame({"event": fact.event, "at": self._now(), **fields})
        self._events.append((console, frame))
        self._end += 1
        if len(self._events) > QUEUE_EVENTS:
            self._events.popleft()
        if not self._due:
            self._due.extend(self._streams)
        self._set_turn()

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all subscribers, and the events that they have not had."""
        return {
            "events": pack(self._events),
            "end": self._end,
            "dropped": self.dropped,
            "streams": [
                stream.hand_over(fds, f"events/{number}")
                for number, stream in enumerate(self._streams)
            ],
        }

    def take_over(self, packed: Packed, fds: Descriptors, viewer: Viewer) -> None:
        """Go on with the subscribers of another process. Nothing is sent before the next turn."""
        self._events, self._end = unpack(packed["events"]), packed["end"]
        self.dropped = packed["dropped"]
        for each in packed["streams"]:
            fd, caller = fds.take(each["fd"]), unpack(each["caller"])
            self._add(fd, opened(MESSAGE_BYTES), caller, viewer).take_over(each)
            self._heartbeat.start()
        self._due.extend(self._streams)
        self._set_turn()

    def judge_again(self, viewer: Viewer) -> None:
        """Look up anew what each user sees, after a change of roles; close useless streams."""
        self._views.clear()
        for stream in tuple(self._streams):
            view = self._views.get(stream.caller.peer) or _View(viewer(stream.caller))
            self._views[stream.caller.peer] = stream.view = view
            if view.sees is None:
                stream.dismiss(wire.CLOSE_FORBIDDEN, "your roles on this host were taken away")

    def close(self) -> None:
        """Close every stream: the daemon stops."""
        for stream in tuple(self._streams):
            stream.dismiss(wire.CLOSE_RESTARTING, "com1d stops")

    def _gone(self, stream: "_Stream") -> None:
        self._streams.discard(stream)
        self._attendance.leave(stream.caller.peer.uid)
        if not self._streams:
            self._views.clear()
            self._events.clear()
            self._heartbeat.stop()

    def _set_turn(self) -> None:
        if not self._turn_is_set:
            self._turn_is_set = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Serve `SLICE` subscribers that are due; begin again if more events came meanwhile."""
        self._turn_is_set = False
        for _ in range(min(SLICE, len(self._due))):
            stream = self._due.popleft()
            if stream in self._streams:
                self._serve(stream)
        if not self._due:
            self._due.extend(stream for stream in self._streams if self._is_due(stream))
        if self._due:
            self._set_turn()

    def _is_due(self, stream: "_Stream") -> bool:
        oldest = self._end - len(self._events)
        return stream.place < oldest or (stream.place < self._end and not stream.is_behind)

    def _serve(self, stream: "_Stream") -> None:
        oldest = self._end - len(self._events)
        if stream.place < oldest:
            self.dropped += 1
            stream.dismiss(wire.CLOSE_TOO_SLOW, "you read too slowly and would miss events")
            return
        if stream.is_behind:
            return
        news = list(islice(self._events, stream.place - oldest, stream.place - oldest + BATCH))
        stream.place += len(news)
        stream.send(b"".join(frame for console, frame in news if stream.view.shows(console)))

    def _caught_up(self, stream: "_Stream") -> None:
        """Serve a subscriber again that has read what it was sent."""
        if stream.place < self._end:
            self._due.append(stream)
            self._set_turn()


@dataclass(slots=True)
class _View:
    """What a user sees."""

    sees: Callable[[str], bool] | None
    known: dict[str, bool] = field(default_factory=dict)

    def shows(self, console: str) -> bool:
        """Tell whether the user sees a console."""
        seen = self.known.get(console)
        if seen is None:
            if len(self.known) >= KNOWN_CONSOLES:
                self.known.clear()
            seen = self.known[console] = self.sees is not None and self.sees(console)
        return seen


class _Stream:
    """A subscriber's connection."""

    def __init__(
        self,
        fd: int,
        protocol: ServerProtocol,
        poller: Poller,
        caller: Caller,
        view: _View,
        place: int,
        *,
        caught_up: Callable[["_Stream"], None],
        gone: Callable[["_Stream"], None],
        linger: Callable[[int], None],
    ) -> None:
        self.caller = caller
        self.view = view
        self.place = place
        """Number of events, of all so far, that it was sent or may not see."""
        self._fd = fd
        self._protocol = protocol
        self._poller = poller
        self._caught_up = caught_up
        self._gone = gone
        self._part = Part()
        self._linger = linger
        self._is_asked = False
        """Whether a ping waits for an answer."""
        poller.add(fd, IN, self._on_ready)
        self._sender = Sender(fd, poller, WAITING_BYTES, self._close)
        self._sender.listen(IN)

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give its socket, its place, and what waits to be sent or is not whole."""
        return {
            "fd": fds.give(self._fd, name),
            "caller": pack(self.caller),
            "place": self.place,
            "waiting": pack(self._sender.waiting),
            "came": pack(self._part.came(self._protocol.reader.buffer)),
        }

    def take_over(self, packed: Packed) -> None:
        """Go on where another process was."""
        self.place = packed["place"]
        self._sender.queue(unpack(packed["waiting"]))
        came = unpack(packed["came"])
        self._protocol.receive_data(came)
        self._part.take(came)

    @property
    def is_behind(self) -> bool:
        """Whether it has not read what it was sent."""
        return len(self._sender) > 0

    def send(self, data: bytes) -> None:
        if data:
            self._sender.put(data)

    def ask(self) -> None:
        """Send a ping; close the stream if it has not answered the last one."""
        if self._is_asked:
            self.dismiss(wire.CLOSE_TOO_SLOW, f"no answer to a ping for {PING_SECONDS:g} s")
            return
        self._is_asked = True
        self._protocol.send_ping(b"")
        self.send(b"".join(self._protocol.data_to_send()))

    def dismiss(self, code: int, reason: str) -> None:
        """Close the stream, after a last message if the socket takes one."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
        if not self.is_behind:  # never into the middle of a frame
            with contextlib.suppress(OSError):
                os.write(self._fd, b"".join(self._protocol.data_to_send()))
        self._close(os.close if self._protocol.close_rcvd else self._linger)

    def _close(self, dispose: Callable[[int], None] = os.close) -> None:
        self._sender.close()
        self._poller.remove(self._fd)
        dispose(self._fd)
        let_go(self._protocol)
        self._gone(self)

    def _on_ready(self, events: int) -> None:
        if events & OUT:
            self._sender.flush()
            if self._sender.is_closed:
                return
            if not self.is_behind:
                self._caught_up(self)
        if events & ~OUT:
            self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close()
            return
        self._is_asked = False
        self._protocol.receive_data(data)
        self._protocol.events_received()
        self._part.take(data)
        reply = b"".join(self._protocol.data_to_send())
        if self._protocol.state is not State.OPEN:
            self.send(reply)
            if not self._sender.is_closed:
                self.dismiss(CloseCode.NORMAL_CLOSURE, "")
        elif reply:
            self.send(reply)
            if self._sender.too_much:
                self.dismiss(wire.CLOSE_TOO_SLOW, "you do not read what your pings are answered")
