"""A socket in front of QEMU's own that can be cut, with a command on its way or already there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


CHUNK = 65536


class Wire:
    """Passes bytes on until it is told to cut: both ends then see the end of their connection."""

    def __init__(self, to: Path) -> None:
        self.connections = 0
        """How many there have been."""
        self.cut_at = b""
        """The connection that carries these bytes is cut, once."""
        self.delivers = True
        """Whether they get through first."""
        self._to = to
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Cut whatever connection there is."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(str(self._to))
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._writers |= pair
        try:
            await asyncio.gather(
                self._carry(reader, far_writer, pair), self._carry(far_reader, writer, pair)
            )
        finally:
            self._writers -= pair

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pair: set[asyncio.StreamWriter],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                cut = self.cut_at and self.cut_at in data
                if not cut or self.delivers:
                    writer.write(data)
                    await writer.drain()
                if cut:
                    self.cut_at = b""
                    break
        for end in pair:
            end.close()


@asynccontextmanager
async def wire(path: Path, to: Path) -> AsyncIterator[Wire]:
    """Listen on `path`, and carry what comes to the socket `to`."""
    carrier = Wire(to)
    server = await asyncio.start_unix_server(carrier.serve, str(path))
    try:
        yield carrier
    finally:
        server.close()
        carrier.cut()
        await server.wait_closed()
