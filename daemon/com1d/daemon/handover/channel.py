"""The socket pair between two processes of the daemon: messages, and descriptors in portions."""

import array
import asyncio
import json
import os
import socket
from typing import Any, Final

from com1d.errors import StateRefused
from com1d.loop.descriptors import Descriptors


PORTION: Final = 253
"""Descriptors in one message: the kernel takes no more (SCM_MAX_FD)."""

MESSAGE_BYTES: Final = 131_072
"""Bytes of the longest message: the names of a portion take a tenth."""

_INT: Final = array.array("i").itemsize


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
        """Send a message. Raises `OSError`, also where the other end takes too long."""
        self._sock.settimeout(seconds)
        self._sock.sendall(json.dumps(message).encode())

    def receive(self, seconds: float) -> dict[str, Any]:
        """Wait for the next message. Raises `OSError` and `StateRefused`."""
        self._sock.settimeout(seconds)
        return _message(self._sock.recv(MESSAGE_BYTES))

    async def wait(self) -> dict[str, Any]:
        """Do as `receive`, while the loop goes on. Raises `StateRefused` at the end."""
        loop = asyncio.get_running_loop()
        self._sock.settimeout(0)
        try:
            return _message(await loop.sock_recv(self._sock, MESSAGE_BYTES))
        except ConnectionError:  # it has ended without having read what we said
            return _message(b"")

    def send_all(self, seconds: float, fds: Descriptors, state: bytes) -> None:
        """Send a state, in a memory of its own, and all descriptors. Raises `OSError`."""
        self._sock.settimeout(seconds)
        memory = os.memfd_create("com1d-state", os.MFD_CLOEXEC)
        try:
            with os.fdopen(memory, "wb", closefd=False) as file:
                file.write(state)
            everything = [("", memory), *fds.all().items()]
            for part in _portions(everything):
                names = json.dumps({"names": [name for name, _ in part]}).encode()
                socket.send_fds(self._sock, [names], [fd for _, fd in part])
            self._sock.sendall(b'{"names": []}')
        finally:
            os.close(memory)

    def receive_all(self, seconds: float) -> tuple[bytes, Descriptors]:
        """Receive what `send_all` sends. Raises `OSError` and `StateRefused`."""
        self._sock.settimeout(seconds)
        received: dict[str, int] = {}
        try:
            while self._portion(received):
                pass
            data = _read(received.pop("", None))
        except BaseException:
            Descriptors(received).close()
            raise
        return data, Descriptors(received)

    def _portion(self, received: dict[str, int]) -> list[str]:
        data, fds, _flags, _ = socket.recv_fds(self._sock, MESSAGE_BYTES, PORTION)
        names = _message(data).get("names")
        if not isinstance(names, list) or len(names) != len(fds):
            Descriptors({str(number): fd for number, fd in enumerate(fds)}).close()
            raise StateRefused("a portion of descriptors is not whole")
        received |= zip(names, fds, strict=True)
        return names


def _read(memory: int | None) -> bytes:
    if memory is None:
        raise StateRefused("no state has come")
    with os.fdopen(memory, "rb") as file:
        file.seek(0)
        return file.read()


def _portions(everything: list[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    return [everything[at : at + PORTION] for at in range(0, len(everything), PORTION)]


def _message(data: bytes) -> dict[str, Any]:
    try:
        message = json.loads(data) if data else None
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise StateRefused("the other process has ended" if not data else "it is no message")
    return message
