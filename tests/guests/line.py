"""One end of a serial line: a guest's port, or a raw console socket of the daemon."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Self


EXPECT_SECONDS = 90.0
"""A guest takes 3 s to its prompt; ten of them on a busy machine took 26 s."""

READ_BYTES = 65536
"""What a pipe or socket holds at most by default."""

TAIL_BYTES = 500
"""How much of what came is shown when what was expected did not come."""


class Line:
    """Everything that came in, and waiting for some of it. Owns its descriptors: use `with`."""

    def __init__(self, reads: int, writes: int | None = None) -> None:
        self.received = bytearray()
        self.ended = False
        """The other side is gone: nothing will come any more."""
        self._reads = reads
        self._writes = reads if writes is None else writes
        self._seen = 0
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        os.set_blocking(self._reads, False)
        os.set_blocking(self._writes, False)
        self._loop.add_reader(self._reads, self._read)

    def __enter__(self) -> Self:
        """Give the line itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._loop.remove_reader(self._reads)
        for descriptor in {self._reads, self._writes}:
            os.close(descriptor)

    def _read(self) -> None:
        try:
            data = os.read(self._reads, READ_BYTES)
        except BlockingIOError:  # a pty may have been flushed since it was found readable
            return
        except OSError:  # EIO: a pty whose other side is gone; ECONNRESET: a socket
            data = b""
        if not data:
            self.ended = True
            self._loop.remove_reader(self._reads)
        self.received += data
        self._news.set()

    async def expect(self, wanted: bytes) -> bytes:
        """Wait for `wanted` and give all that came since the last call, up to and including it.

        Raises EOFError when the line ends first, TimeoutError when it takes too long; both show the
        last that came.
        """
        start = searched = self._seen
        try:
            async with asyncio.timeout(EXPECT_SECONDS):
                while (at := self.received.find(wanted, searched)) < 0:
                    searched = max(start, len(self.received) - len(wanted))
                    if self.ended:
                        raise EOFError(f"no {wanted!r}, the line ended after {self._tail()}")
                    await self._more()
        except TimeoutError:
            raise TimeoutError(f"no {wanted!r}, the last that came is {self._tail()}") from None
        self._seen = at + len(wanted)
        return bytes(self.received[start : self._seen])

    def pause(self) -> None:
        """Stop reading, as a stuck client does."""
        self._loop.remove_reader(self._reads)

    async def end(self) -> None:
        """Wait until the other side is gone."""
        async with asyncio.timeout(EXPECT_SECONDS):
            while not self.ended:
                await self._more()

    async def send(self, data: bytes) -> None:
        """Write all of `data`, however slowly the other side takes it."""
        while data:
            try:
                data = data[os.write(self._writes, data) :]
            except BlockingIOError:
                await self._writable()

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _writable(self) -> None:
        taken = asyncio.Event()
        self._loop.add_writer(self._writes, taken.set)
        try:
            await taken.wait()
        finally:
            self._loop.remove_writer(self._writes)

    def _tail(self) -> str:
        return repr(bytes(self.received[-TAIL_BYTES:]))


def connect(path: Path) -> Line:
    """Connect to a Unix socket: a `unix:` port, a guest's COM2, a console of the daemon."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        return Line(connection.detach())
