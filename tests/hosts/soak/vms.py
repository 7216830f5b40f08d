"""VMs of the soak: at line rate on each kind of port, one that echoes, one that is a real QEMU."""

import os
from contextlib import suppress
from hashlib import md5
from pathlib import Path

from daemon.handover.numbered import Guest
from guests import qemu
from hosts.soak.stream import LINES, WORDS, Checker


PIECE = 115
"""Bytes that a guest prints at once: in a hundredth of a second, what 115200 baud carry."""

MARK = b"\r\n# "


class Printing(Guest):
    """Prints a numbered stream, a piece each time, and checks what is typed."""

    def __init__(self, kind: str, folder: Path, name: str, shift: int) -> None:
        super().__init__(kind, folder, name)
        self.begin = shift
        self.place = shift
        """Of the next byte that it prints, in `LINES`."""
        self.keys = Checker(f"{name} ({kind}) typed", WORDS)

    def step(self, count: int = PIECE) -> None:
        """Print so many bytes, if the port takes them, and look for keys."""
        self.listen()
        piece = LINES[self.place : self.place + count]
        with suppress(BlockingIOError):
            self.place += os.write(self._writes, piece)

    def listen(self) -> None:
        with suppress(BlockingIOError):
            while data := os.read(self._reads, 65536):
                self.take(data)

    def take(self, data: bytes) -> None:
        self.keys.check(data)

    def say(self, text: bytes) -> None:
        """Print something that is no part of the stream."""
        assert len(text) == os.write(self._writes, text)


class Held(Printing):
    """One at which a key is held: it keeps what is typed, which is no numbered stream."""

    def take(self, data: bytes) -> None:
        self.typed += data


class Echo(Held):
    """One into which is pasted: it prints nothing but what is typed, with a prompt."""

    def __init__(self, kind: str, folder: Path, name: str) -> None:
        super().__init__(kind, folder, name, 0)

    def step(self, count: int = PIECE) -> None:
        with suppress(BlockingIOError):
            data = os.read(self._reads, count)
            self.typed += data
            self.say(data.replace(b"\r", MARK))


class Real(qemu.Guest):
    """A guest in QEMU. It prints at line rate in the background, and keeps what is typed."""

    COMMAND = b"pace & cat >/tmp/typed\r"
    END = b"\x04kill $!; md5sum /tmp/typed\r"

    def logged(self) -> bytes:
        """Give what it has printed, by QEMU's own log."""
        return self.log.read_bytes()

    @staticmethod
    def has_typed(count: int) -> bytes:
        """Give what it says at the end if the first `count` bytes of `WORDS` were typed."""
        return md5(WORDS[:count].replace(b"\r", b"\n"), usedforsecurity=False).hexdigest().encode()
