"""`GET /v1/events`: what happens on the consoles that a caller may read, as it happens."""

import contextlib
import os
from collections import deque
from collections.abc import Callable
from typing import Final

from websockets.frames import CloseCode
from websockets.protocol import State
from websockets.server import ServerProtocol

from com1d import wire
from com1d.clients.websocket import text_frame
from com1d.loop.poller import IN, OUT, Poller
from com1d.telemetry.facts import Fact


QUEUE_EVENTS: Final = 256
"""Events that wait for a subscriber that does not read. One more, and it is closed, so that it
knows that it has missed something."""

RECEIVE_BYTES: Final = 4096
"""A subscriber has nothing to say but pings and a close."""


class EventStreams:
    """All subscribers."""

    def __init__(self, poller: Poller, now: Callable[[], str]) -> None:
        """Stamp events with `now`."""
        self._poller = poller
        self._now = now
        self._streams: set[_Stream] = set()

    def __len__(self) -> int:
        """Count the subscribers."""
        return len(self._streams)

    def open(self, fd: int, protocol: ServerProtocol, sees: Callable[[str], bool]) -> None:
        """Take over `fd`; it gets the events of the consoles that `sees` says yes to."""
        self._streams.add(_Stream(fd, protocol, self._poller, sees, self._streams.discard))

    def publish(self, fact: Fact) -> None:
        """Tell every subscriber that may know."""
        if not self._streams:
            return
        fields = fact.fields()
        console = fields.get("console")
        frame = text_frame({"event": fact.event, "at": self._now(), **fields})
        for stream in tuple(self._streams):
            if console is not None and stream.sees(console):
                stream.send(frame)

    def close(self) -> None:
        """Send every subscriber away: the daemon stops."""
        for stream in tuple(self._streams):
            stream.dismiss(wire.CLOSE_RESTARTING, "com1d stops")


class _Stream:
    def __init__(
        self,
        fd: int,
        protocol: ServerProtocol,
        poller: Poller,
        sees: Callable[[str], bool],
        gone: Callable[["_Stream"], None],
    ) -> None:
        self._fd = fd
        self._protocol = protocol
        self._poller = poller
        self.sees = sees
        self._gone = gone
        self._queue: deque[bytes] = deque()
        poller.add(fd, IN, self._on_ready)

    def send(self, frame: bytes) -> None:
        if len(self._queue) >= QUEUE_EVENTS:
            self.dismiss(wire.CLOSE_TOO_SLOW, "you read too slowly and would miss events")
            return
        self._queue.append(frame)
        if len(self._queue) == 1:
            self._flush()

    def dismiss(self, code: int, reason: str) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
        with contextlib.suppress(OSError):
            os.write(self._fd, b"".join(self._protocol.data_to_send()))
        self._close()

    def _close(self) -> None:
        self._poller.remove(self._fd)
        os.close(self._fd)
        self._gone(self)

    def _on_ready(self, events: int) -> None:
        if events & OUT and not self._flush():
            return
        if events & ~OUT:
            self._read()

    def _flush(self) -> bool:
        try:
            while self._queue:
                frame = self._queue[0]
                sent = os.write(self._fd, frame)
                if sent < len(frame):
                    self._queue[0] = frame[sent:]
                    break
                self._queue.popleft()
        except BlockingIOError:
            pass
        except OSError:
            self._close()
            return False
        self._poller.modify(self._fd, IN | OUT if self._queue else IN)
        return True

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
        self._protocol.receive_data(data)
        self._protocol.events_received()
        reply = b"".join(self._protocol.data_to_send())
        if self._protocol.state is not State.OPEN:
            self._queue.append(reply)
            if self._flush():
                self.dismiss(CloseCode.NORMAL_CLOSURE, "")
        elif reply:
            self.send(reply)
