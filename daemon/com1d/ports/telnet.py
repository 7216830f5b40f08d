"""`telnet:host:port` and `rfc2217:host:port`: a serial port behind telnet, as on console servers.

The engine reads and writes descriptors, so a line here is one end of a socket pair; between its
other end and the network tasks translate. Each reads only what it could pass on before, so
back-pressure reaches the far end as it does without them.

Where the far end offers RFC 2217, breaks are its own. `rfc2217:` also sets the speed of the remote
port, which `telnet:` leaves as its administrator has set it.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

from com1d.core.carry import Packed, pack, unpack
from com1d.core.stream.telnet import (
    SET_BAUDRATE,
    SET_CONTROL,
    SET_DATASIZE,
    SET_PARITY,
    SET_STOPSIZE,
    Telnet,
    command,
)
from com1d.loop.descriptors import Descriptors
from com1d.ports.base import BreakLine, PassingLine
from com1d.ports.framing import EIGHT_N_ONE, Framing
from com1d.ports.sockets import TCP_CAPACITY, SocketLine, handed_over
from com1d.ports.tcp import TcpPort
from com1d.values import dataclass


READ_BYTES: Final = 4096
"""One read in either direction: telnet is parsed a byte at a time, 2 ms for so many."""

BREAK_SECONDS: Final = 0.25
"""Seconds of a break where we time it, as on a real line."""

PARITIES: Final = {"none": 1, "odd": 2, "even": 3, "mark": 4, "space": 5}
FLOWS: Final = {"none": 1, "xonxoff": 2, "rtscts": 3}
"""Values of SET-PARITY and SET-CONTROL (RFC 2217, section 3)."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Settings for the far end's serial port."""

    baud: int
    framing: Framing = EIGHT_N_ONE

    def commands(self) -> bytes:
        """Give the commands that set the port."""
        framing = self.framing
        return b"".join(
            command(number, value.to_bytes(size))
            for number, value, size in (
                (SET_BAUDRATE, self.baud, 4),
                (SET_DATASIZE, framing.data_bits, 1),
                (SET_PARITY, PARITIES[framing.parity], 1),
                (SET_STOPSIZE, framing.stop_bits, 1),
                (SET_CONTROL, FLOWS[framing.flow], 1),
            )
        )


class TelnetLine(SocketLine, BreakLine, PassingLine):
    """One connection, and the tasks that translate."""

    __slots__ = (
        "_far", "_near", "_passing", "_remote", "_replying", "_task", "_telnet", "_writing",
    )  # fmt: skip

    def __init__(
        self,
        far: socket.socket,
        remote: Remote | None,
        pair: tuple[socket.socket, socket.socket] | None = None,
        telnet: Telnet | None = None,
    ) -> None:
        """Take over `far`, a connection to the telnet server; set its port to `remote` if given.

        `pair` and `telnet` are those of a connection that another process has begun.
        """
        ours, self._near = pair or socket.socketpair(
            socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK
        )
        super().__init__(ours, TCP_CAPACITY)
        self._far = far
        self._remote = remote
        self._passing = 0
        self._telnet = telnet or Telnet()
        if telnet is None:
            self._telnet.begin()
        self._replying = asyncio.Event()
        self._replying.set()
        self._writing = asyncio.Lock()
        """Held by the one task that writes to the network; reading never waits for it."""
        self._task: asyncio.Task[None] | None = asyncio.get_running_loop().create_task(self._run())

    async def send_break(self) -> None:
        """Hold the line in break for 250 ms, or have the far end do so for as long as it likes."""
        self._reply(self._telnet.hold_break(on=True))
        if self._telnet.controls_port:
            await asyncio.sleep(BREAK_SECONDS)
            self._reply(self._telnet.hold_break(on=False))

    @property
    def passing(self) -> bool:
        """Whether bytes were read on one side and have not left on the other."""
        return self._passing > 0

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give the connection, the pair with what is in it, and what was negotiated."""
        return super().hand_over(fds, name) | {
            "near": fds.give(self._near.fileno(), f"{name}/near"),
            "far": fds.give(self._far.fileno(), f"{name}/far"),
            "telnet": pack(self._telnet),
            "set": self._remote is None,
        }

    def close(self) -> None:
        """Hang up on both sides."""
        super().close()
        task, self._task = self._task, None  # which refers to us, by its traceback
        if task is not None:
            task.cancel()

    async def _run(self) -> None:
        """Translate until one side ends; then close both, after its last bytes were passed on."""
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(work()) for work in (self._print, self._type, self._answer)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._near.close()
            self._far.close()

    @contextlib.contextmanager
    def _passes(self) -> Iterator[None]:
        """Note that bytes are in our hands alone."""
        self._passing += 1
        try:
            yield
        finally:
            self._passing -= 1

    async def _print(self) -> None:
        """Pass what the guest prints to the engine."""
        while data := await _read(self._far):
            text = self._telnet.receive(data)
            if self._remote is not None and self._telnet.controls_port:
                self._reply(self._remote.commands())
                self._remote = None
            if self._telnet.replies:
                self._replying.set()
            if text:
                with self._passes():
                    await asyncio.get_running_loop().sock_sendall(self._near, text)

    async def _type(self) -> None:
        """Pass what is typed to the guest."""
        while data := await _read(self._near):
            with self._passes():
                async with self._writing:
                    typed = self._telnet.send(data)
                    await asyncio.get_running_loop().sock_sendall(self._far, typed)

    async def _answer(self) -> None:
        """Send telnet's own answers."""
        loop = asyncio.get_running_loop()
        while await self._replying.wait():
            self._replying.clear()
            async with self._writing:
                replies = bytes(self._telnet.replies)
                self._telnet.replies.clear()
                with self._passes():
                    await loop.sock_sendall(self._far, replies)

    def _reply(self, words: bytes) -> None:
        self._telnet.replies += words
        self._replying.set()


async def _read(sock: socket.socket) -> bytes:
    """Wait until something can be read, and read it.

    Between the two nothing is read that only a future has: what was not taken stays in the kernel,
    where another process finds it.
    """
    loop = asyncio.get_running_loop()
    while True:
        with contextlib.suppress(BlockingIOError):
            return sock.recv(READ_BYTES)
        ready = loop.create_future()
        loop.add_reader(sock.fileno(), _set, ready)
        try:
            await ready
        finally:
            loop.remove_reader(sock.fileno())


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


class TelnetPort(TcpPort):
    """A port of a console server, or a QEMU's `-serial telnet:`."""

    __slots__ = ("_remote",)

    def __init__(self, target: str, remote: Remote | None = None) -> None:
        """Take `target` as host:port. With `remote`, the far end's port is set to that."""
        super().__init__(target)
        self._remote = remote

    async def open(self) -> TelnetLine:
        """Connect, and begin to negotiate."""
        return TelnetLine(await self.dial(), self._remote)

    def take_over(self, _packed: Packed, line: Packed, fds: Descriptors) -> TelnetLine | None:
        """Go on with a connection and what was negotiated on it."""
        if line is None:
            return None
        far, near = handed_over(line, fds, "far"), handed_over(line, fds, "near")
        telnet = unpack(line["telnet"])
        remote = None if line["set"] else self._remote
        return TelnetLine(far, remote, (handed_over(line, fds), near), telnet)
