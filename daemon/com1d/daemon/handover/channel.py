"""The socket pair between two processes of the daemon: messages, and descriptors in portions."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Any, Final

from com1d.errors import StateRefused
from com1d.loop.descriptors import Descriptors


PORTION: Final = 253
"""Descriptors in one message: the kernel takes no more (SCM_MAX_FD)."""

MESSAGE_BYTES: Final = 131_072
"""Bytes of the longest message: the names of a portion take a tenth."""

INLINE_BYTES: Final = 32_768
"""Bytes of a message that goes as it is: a socket takes some 200,000, with its own accounts."""

SHORTEST: Final = 0.001
"""How long a message may take, in seconds, when time is up: none at all would mean no limit."""


class Channel:
    """One end. Messages are JSON objects; what is not read in time raises `TimeoutError`."""

    __slots__ = ("_sock",)

    def __init__(self, sock: socket.socket) -> None:
        """Take over one end of a pair of SOCK_SEQPACKET."""
        self._sock = sock

    @classmethod
    def pair(cls) -> "tuple[Channel, socket.socket]":
        """Give our end, and the other one to be inherited."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(ours), theirs

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def send(self, seconds: float, **message: Any) -> None:
        """Send a message, a long one in a memory of its own.

        Raises `OSError`, also where the other end takes too long.
        """
        self._sock.settimeout(seconds)
        data = json.dumps(message).encode()
        if len(data) <= INLINE_BYTES:
            self._sock.sendall(data)
            return
        memory = os.memfd_create("com1d-message", os.MFD_CLOEXEC)
        try:
            with os.fdopen(memory, "wb", closefd=False) as file:
                file.write(data)
            socket.send_fds(self._sock, [b"{}"], [memory])
        finally:
            os.close(memory)

    def receive(self, seconds: float) -> dict[str, Any]:
        """Wait for the next message. Raises `OSError` and `StateRefused`."""
        self._sock.settimeout(seconds)
        data, memories, _flags, _ = socket.recv_fds(self._sock, MESSAGE_BYTES, 1)
        for memory in memories:
            data = _read(memory, None, 0)
            os.close(memory)
        return _message(data)

    async def wait(self) -> dict[str, Any]:
        """Do as `receive`, while the loop goes on. Raises `StateRefused` at the end."""
        loop = asyncio.get_running_loop()
        self._sock.settimeout(0)
        try:
            return _message(await loop.sock_recv(self._sock, MESSAGE_BYTES))
        except ConnectionError:  # it has ended without having read what we said
            return _message(b"")

    def hand_over(self, seconds: float, parts: Iterable[bytes], fds: Descriptors) -> dict[str, Any]:
        """Send a state part by part, each with what came to `fds` for it; give the answer.

        The parts are in a memory, and the messages say up to where: so the other end reads one
        while the next is written. Raises `OSError` and `StateRefused`.
        """
        until = monotonic() + seconds
        try:
            self._send_all(until, parts, fds)
        except ConnectionError:  # it has said why, and hung up
            return self._last_words(until)
        try:
            return self.receive(_left(until))
        except ConnectionError:
            return self._last_words(until)

    def _last_words(self, until: float) -> dict[str, Any]:
        """Give what the other end said before it hung up: that is told first, and once."""
        with contextlib.suppress(ConnectionError):
            return self.receive(_left(until))
        return self.receive(_left(until))

    def _send_all(self, until: float, parts: Iterable[bytes], fds: Descriptors) -> None:
        memory = os.memfd_create("com1d-state", os.MFD_CLOEXEC)
        try:
            waiting, sent = [("", memory)], 0
            with os.fdopen(memory, "wb", closefd=False, buffering=0) as file:
                for part in parts:
                    file.write(part)
                    fresh = fds.since(sent)
                    sent += len(fresh)
                    self._send_part(until, waiting + fresh, len(part))
                    waiting = []
            self.send(_left(until), names=[])
        finally:
            os.close(memory)

    def _send_part(self, until: float, waiting: list[tuple[str, int]], size: int) -> None:
        portions = [waiting[at : at + PORTION] for at in range(0, len(waiting), PORTION)]
        for portion in portions:
            self._sock.settimeout(_left(until))
            names = json.dumps({"names": [name for name, _ in portion]}).encode()
            socket.send_fds(self._sock, [names], [fd for _, fd in portion])
        self.send(_left(until), bytes=size)

    def receive_all(self, seconds: float, fds: Descriptors) -> Iterator[bytes]:
        """Receive what `hand_over` sends, a part when it has come with all its descriptors.

        Raises `OSError`, where something does not come within so many seconds, and `StateRefused`.
        """
        self._sock.settimeout(seconds)
        memory: int | None = None
        place = 0
        try:
            while (message := self._portion(fds)).get("names") != []:
                if memory is None and fds.has(""):
                    memory = fds.take("")
                if isinstance(size := message.get("bytes"), int):
                    yield _read(memory, size, place)
                    place += size
            if not place:  # before format 4, a state was one part, and this was not said
                yield _read(memory, None, 0)
        finally:
            if memory is not None:
                os.close(memory)

    def _portion(self, fds: Descriptors) -> dict[str, Any]:
        data, numbers, _flags, _ = socket.recv_fds(self._sock, MESSAGE_BYTES, PORTION)
        message = _message(data)
        names = message.get("names", [])
        if not isinstance(names, list) or len(names) != len(numbers):
            Descriptors({str(number): fd for number, fd in enumerate(numbers)}).close()
            raise StateRefused("a portion of descriptors is not whole")
        fds.receive(names, numbers)
        return message


def _left(until: float) -> float:
    return max(until - monotonic(), SHORTEST)


def _read(memory: int | None, size: int | None, place: int) -> bytes:
    if memory is None:
        raise StateRefused("no state has come")
    return os.pread(memory, os.fstat(memory).st_size if size is None else size, place)


def _message(data: bytes) -> dict[str, Any]:
    try:
        message = json.loads(data) if data else None
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise StateRefused("the other process has ended" if not data else "it is no message")
    return message
