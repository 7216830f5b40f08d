"""The listening socket: every connection has a place, and a time until its first request is whole.

Whoever has not sent a whole request is a stranger. Strangers have few places and little time; when
their places are full, the one who has waited longest goes. Whoever asks without being signed in is
a visitor, whose time is that of any connection, and whose places are few as well. So idle sockets,
half handshakes and slow heads keep nobody out, and neither do sockets that ask for the page once.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Final

from com1d.values import dataclass


STRANGERS_MAX: Final = 256
"""Connections without a whole request: a company's browsers, all started in the same second."""

VISITORS_MAX: Final = 512
"""Connections that have asked, and that nobody signed in has asked by: two for each of them."""

STRANGER_SECONDS: Final = 5.0
"""Within which the TLS handshake and the first head arrive."""

ACCEPTED_AT_ONCE: Final = 64
"""Connections that are accepted in one turn of the loop."""

PAUSE_SECONDS: Final = 0.1
"""Without a descriptor, before the next look: what waits would else be announced for ever."""

BACKLOG: Final = 512


@dataclass(frozen=True, slots=True)
class Reception:
    """What becomes of connections."""

    serve: Callable[[], asyncio.Protocol]
    """Makes the protocol of a connection."""
    tls: Callable[[], ssl.SSLContext | None]
    """Gives what TLS is spoken with at present; None without TLS."""
    has_room: Callable[[], bool]
    """Says whether one more connection is taken."""
    turned_away: Callable[[str], None]
    """Is told why a connection was closed before it had asked anything."""


class Listener:
    """Accepts connections, until closed."""

    def __init__(self, sock: socket.socket, reception: Reception) -> None:
        """Accept on `sock`, which is bound."""
        self._sock = sock
        self._reception = reception
        self._loop = asyncio.get_running_loop()
        self._strangers: dict[asyncio.Protocol, tuple[socket.socket, float]] = {}
        """Their sockets and when their time is over, the oldest first."""
        self._visitors: dict[asyncio.Protocol, socket.socket] = {}
        """The one who has asked longest ago first."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        sock.setblocking(False)  # noqa: FBT003 - the standard library's
        sock.listen(BACKLOG)
        self._pause: asyncio.TimerHandle | None = None
        self._listen()

    def asks(self, protocol: asyncio.Protocol) -> None:
        """Take note that a connection has sent a whole request."""
        if stranger := self._strangers.pop(protocol, None):
            if len(self._visitors) >= VISITORS_MAX:
                self._make_room()
            self._visitors[protocol] = stranger[0]
        elif conn := self._visitors.pop(protocol, None):
            self._visitors[protocol] = conn

    def known(self, protocol: asyncio.Protocol) -> None:
        """Take note that whoever asks is signed in: the connection stays as long as it likes."""
        self._visitors.pop(protocol, None)

    async def close(self) -> None:
        """Accept no more, and close strangers' connections."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._sock)
        self._sock.close()
        if self._timer is not None:
            self._timer.cancel()
        for protocol in list(self._strangers):
            self._dismiss(protocol)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _make_room(self) -> None:
        """Forget the visitors that have hung up; if there are none, send the first away."""
        here = {one: conn for one, conn in self._visitors.items() if conn.fileno() >= 0}
        if len(here) >= VISITORS_MAX:
            self._reception.turned_away("crowd")
            _hang_up(here.pop(next(iter(here))))
        self._visitors = here

    def _listen(self) -> None:
        self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                conn, _ = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError:  # no descriptor left: what waits is accepted when there is one again
                self._reception.turned_away("no descriptor")
                self._loop.remove_reader(self._sock)
                self._pause = self._loop.call_later(PAUSE_SECONDS, self._listen)
                return
            if self._reception.has_room():
                self._welcome(conn)
            else:
                self._reception.turned_away("full")
                conn.close()

    def _welcome(self, conn: socket.socket) -> None:
        if len(self._strangers) >= STRANGERS_MAX:
            self._reception.turned_away("crowd")
            self._dismiss(next(iter(self._strangers)))
        conn.setblocking(False)  # noqa: FBT003
        protocol = self._reception.serve()
        self._strangers[protocol] = conn, self._loop.time() + STRANGER_SECONDS
        if self._timer is None:
            self._timer = self._loop.call_later(STRANGER_SECONDS, self._sweep)
        task = self._loop.create_task(self._greet(protocol, conn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _greet(self, protocol: asyncio.Protocol, conn: socket.socket) -> None:
        tls = self._reception.tls()
        patience = STRANGER_SECONDS if tls else None
        try:
            await self._loop.connect_accepted_socket(
                lambda: protocol, conn, ssl=tls, ssl_handshake_timeout=patience
            )
        except (OSError, ssl.SSLError):  # it hung up, or speaks no TLS
            self._strangers.pop(protocol, None)
            conn.close()

    def _sweep(self) -> None:
        self._timer = None
        now = self._loop.time()
        for protocol, (_, until) in list(self._strangers.items()):
            if until > now:
                self._timer = self._loop.call_at(until, self._sweep)
                return
            self._reception.turned_away("slow")
            self._dismiss(protocol)

    def _dismiss(self, protocol: asyncio.Protocol) -> None:
        conn, _ = self._strangers.pop(protocol)
        _hang_up(conn)


def _hang_up(conn: socket.socket) -> None:
    """Close a connection: its transport follows, in the middle of a handshake or after."""
    with contextlib.suppress(OSError):  # it has hung up before
        conn.shutdown(socket.SHUT_RDWR)
