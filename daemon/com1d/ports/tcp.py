"""`tcp:host:port`: a TCP connection, to a terminal server or to QEMU.

QEMU serves one client at a time; on this host it is seen whether it serves us (`loop.tcp_sockets`).
"""

import asyncio
import errno
import os
import socket
from typing import Any, Final

from com1d.core.carry import Packed
from com1d.errors import PortDown
from com1d.loop.descriptors import Descriptors
from com1d.loop.tcp_sockets import clients, is_accepted
from com1d.ports.holder import describe, find_open
from com1d.ports.sockets import (
    ACCEPT_SECONDS,
    FIRST_LOOK_SECONDS,
    TCP_CAPACITY,
    SocketLine,
    handed_over,
)


CONNECT_SECONDS: Final = 3.0
"""How long one address of the host has to answer: two retransmissions of a lost SYN."""

IDLE_SECONDS: Final = 30
"""Seconds of silence before keepalive probes: a guest may be silent for days, and a dead link must
not look like that."""

INTERVAL_SECONDS: Final = 10
"""Seconds between two unanswered keepalive probes."""

PROBES: Final = 3
"""Unanswered probes before the line counts as dead, a minute after the last sign of life."""

USER_TIMEOUT_MS: Final = (IDLE_SECONDS + INTERVAL_SECONDS * PROBES) * 1000
"""The same minute for unacknowledged keystrokes, during which keepalive does not ask (tcp(7))."""


class TcpPort:
    """A host and port to connect to."""

    __slots__ = ("_host", "_patience", "_port", "_target", "watch")

    def __init__(self, target: str, patience: float = CONNECT_SECONDS) -> None:
        """Take `target` as host:port; an IPv6 address stands in brackets.

        Each address of the host has `patience` seconds to answer.
        """
        host, _, port = target.rpartition(":")
        self._target = target
        self._host = host.removeprefix("[").removesuffix("]")
        self._port = int(port)
        self._patience = patience
        self.watch = ()

    async def open(self) -> SocketLine:
        """Connect; what the far end sends is what the guest prints."""
        return SocketLine(await self.dial(), TCP_CAPACITY)

    async def dial(self) -> socket.socket:
        """Connect to the first address of the host that answers; the resolver runs in a thread."""
        try:
            connection = await self._connect()
        except TimeoutError:
            raise PortDown(f"{self._target} does not answer") from None
        except (socket.gaierror, UnicodeError) as error:  # the latter: no name looks like this
            raise PortDown(f"{self._target} cannot be resolved: {error.args[-1]}") from None
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise PortDown(f"{self._target} cannot be reached: {why}") from None
        try:
            await self._accepted(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _accepted(self, connection: socket.socket) -> None:
        """Return when the far end has accepted. Raises `PortDown`, naming whom it serves."""
        pause, waited = FIRST_LOOK_SECONDS, 0.0
        while not is_accepted(connection):
            if waited >= ACCEPT_SECONDS:
                raise await asyncio.to_thread(_held, self._target, connection)
            await asyncio.sleep(pause)
            waited += pause
            pause *= 2

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing: nothing outlives a line."""

    def take_over(self, _packed: Packed, line: Packed, fds: Descriptors) -> SocketLine | None:
        """Go on with a connection."""
        return None if line is None else SocketLine(handed_over(line, fds), TCP_CAPACITY)

    def close(self) -> None:
        """Nothing outlives a line."""

    async def _connect(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        addresses = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        failure = OSError(errno.EADDRNOTAVAIL, "it has no address")
        for family, kind, protocol, _, address in addresses:
            connection = socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol)
            try:
                async with asyncio.timeout(self._patience):
                    return await connect(connection, address)
            except OSError as error:
                failure = error
        raise failure


def _held(target: str, connection: socket.socket) -> PortDown:
    """Name the process that is served in our place. Looks through /proc: call it in a thread."""
    pids = (find_open(f"socket:[{inode}]") for inode in clients(connection))
    pid = next((pid for pid in pids if pid != os.getpid()), None)
    return PortDown(
        f"{target} is held by {describe(pid)}: the VM serves one program at a time, and com1d "
        "connects when that one has left"
    )


async def connect(connection: socket.socket, address: tuple[Any, ...]) -> socket.socket:
    """Connect a non-blocking socket, or close it."""
    try:
        _configure(connection)
        await asyncio.get_running_loop().sock_connect(connection, address)
        _refuse_itself(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _configure(connection: socket.socket) -> None:
    """Set options so that every key goes out at once and a dead link ends the line."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, IDLE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, INTERVAL_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)


def _refuse_itself(connection: socket.socket) -> None:
    """Refuse a connection to itself.

    A client that tries a free local port again and again gets that port as its own at some time,
    and TCP then joins both ends (simultaneous open, RFC 9293 section 3.5).
    """
    if connection.getsockname() == connection.getpeername():
        raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
