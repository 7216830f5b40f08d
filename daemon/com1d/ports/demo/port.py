"""The port kind `demo:`: a line whose far end is the simulated guest, in this process.

The daemon gets one end of a socket pair and polls it like any line. The guest has the other end,
on the same event loop, where it costs nothing while it has nothing to say: its input is a readiness
callback, everything else is one timer.
"""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from com1d.core.carry import Packed
from com1d.loop.descriptors import Descriptors
from com1d.ports.demo.guest import Guest
from com1d.ports.sockets import SocketLine


LINE_RATE: Final = 11_520
"""Bytes a second: 115,200 baud, ten bits to the byte."""

BURST: Final = 115
"""Bytes written at a time: 10 ms of line, so that text still flows and the timer rarely wakes."""

INPUT_MAX: Final = 16
"""Bytes read at a time: a 16550's FIFO. So few that `HELD_MAX` is never exceeded by much."""

HELD_MAX: Final = 16_384
"""Bytes of output that wait for the line. From there on the guest waits: it reads no input and its
time stands still. The longest answer to one input of `INPUT_MAX` comes on top, some 20 KB."""


class DemoLine(SocketLine):
    """A guest that is switched on, and the line to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        near, far = socket.socketpair()
        near.settimeout(0)
        far.settimeout(0)
        super().__init__(near)
        self._loop = loop
        self._far = far  # the guest's end
        self._plugged = True
        self._reading = False
        self._stuck = False  # the socket takes nothing now; its writability is watched
        self._held = bytearray()
        self._free_at = 0.0  # when the line has carried what was last written to it
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due: float | None = None
        self._guest = Guest(loop.time(), datetime.now(UTC))
        self._turn(loop.time())

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing: the simulated computer ends with its process, and boots anew."""

    def close(self) -> None:
        """Switch the guest off and close both ends."""
        self._unplug()
        self._far.close()
        super().close()

    def reset(self) -> None:
        """Reset the guest, as the button on a computer does: what it had still to say is lost."""
        self._held.clear()
        self._guest.reset(self._loop.time())
        self._turn(self._loop.time())

    def nmi(self) -> None:
        """Interrupt the guest, which stops with a bugcheck."""
        self._guest.nmi(self._loop.time())
        self._turn(self._loop.time())

    def _turn(self, now: float) -> None:
        """Let the guest do what is due, send what the line can take, and wait for what is next."""
        if not self._plugged:
            return
        if not self._full:
            self._held += self._guest.tick(now)
        if self._held and not self._stuck and self._free_at <= now:
            self._send(now)
        if self._plugged:  # else the daemon's end turned out to be gone
            self._listen()
            self._arm()

    @property
    def _full(self) -> bool:
        return len(self._held) >= HELD_MAX

    def _readable(self) -> None:
        try:
            data = self._far.recv(INPUT_MAX)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:  # the daemon's end is gone
            self._unplug()
            return
        now = self._loop.time()
        self._held += self._guest.handle(data, now)
        self._turn(now)

    def _writable(self) -> None:
        self._loop.remove_writer(self._far.fileno())
        self._stuck = False
        self._turn(self._loop.time())

    def _alarm(self, due: float) -> None:
        self._timer = self._timer_due = None
        self._turn(max(due, self._loop.time()))  # a loop's timer may fire up to 1 ms early

    def _send(self, now: float) -> None:
        """Write one burst."""
        try:
            sent = self._far.send(self._held[:BURST])
        except BlockingIOError:
            self._stuck = True
            self._loop.add_writer(self._far.fileno(), self._writable)
        except ConnectionError:  # the daemon's end is gone
            self._unplug()
        else:
            del self._held[:sent]
            self._free_at = now + sent / LINE_RATE

    def _listen(self) -> None:
        """Read input only while there is room for the answer."""
        if self._full and self._reading:
            self._loop.remove_reader(self._far.fileno())
        elif not self._full and not self._reading:
            self._loop.add_reader(self._far.fileno(), self._readable)
        self._reading = not self._full

    def _arm(self) -> None:
        """Set the one timer to what comes first: the line is free, or the guest has to act."""
        line = self._free_at if self._held and not self._stuck else None
        guest = None if self._full else self._guest.deadline()
        due = min((due for due in (line, guest) if due is not None), default=None)
        if due == self._timer_due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._alarm, due)
        self._timer_due = due

    def _unplug(self) -> None:
        """Neither listen nor speak any more. Safe to call twice."""
        if not self._plugged:
            return
        self._plugged = False
        self._loop.remove_reader(self._far.fileno())
        self._loop.remove_writer(self._far.fileno())
        if self._timer is not None:
            self._timer.cancel()


class DemoPort:
    """A port of kind `demo:`. Each opening switches a new guest on."""

    __slots__ = ("_line", "watch")

    def __init__(self) -> None:
        self.watch: tuple[Path, ...] = ()  # a demo port can always be opened
        self._line: DemoLine | None = None

    async def open(self) -> DemoLine:
        """Switch a guest on; it boots within three seconds."""
        self.close()
        self._line = DemoLine(asyncio.get_running_loop())
        return self._line

    def reset(self) -> None:
        """Reset the guest, if one is switched on."""
        if self._line is not None:
            self._line.reset()

    def nmi(self) -> None:
        """Send the guest a non-maskable interrupt, if one is switched on."""
        if self._line is not None:
            self._line.nmi()

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing."""

    def take_over(self, _packed: Packed, _line: Packed, _fds: Descriptors) -> None:
        """Go on with nothing: a new guest is switched on."""

    def close(self) -> None:
        """Switch the guest off, if its line has not been closed already."""
        if self._line is not None:
            self._line.close()
            self._line = None
