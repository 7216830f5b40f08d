"""The daemon's end of the process that writes the logs. `scribe` is the other."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, Final

from com1d.bootlog import messages


COMMAND: Final = (sys.executable, "-P", "-m", "com1d.bootlog.scribe")

EXIT_SECONDS: Final = 0.5
"""How long a process that was told to end may take. One that waits for a dead disk is left behind,
and ends when the disk answers."""


class GoneError(Exception):
    """The process has ended by itself."""


class Writer:
    """A running writing process, and the socket to it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        stream: asyncio.StreamWriter,
    ) -> None:
        """Take over what `start` made."""
        self._process = process
        self._reader = reader
        self._stream = stream

    @classmethod
    async def start(cls, command: Sequence[str] = COMMAND) -> "Writer":
        """Start the process. Raises `OSError`."""
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.to_thread(
                subprocess.Popen[bytes],
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, *await asyncio.open_unix_connection(sock=ours))

    async def tell(self, message: Any) -> None:
        """Send a message without an answer; waits while the process is behind."""
        try:
            self._stream.write(messages.frame(message))
            await self._stream.drain()
        except ConnectionError as error:
            raise GoneError from error

    async def ask(self, message: Any) -> Any:
        """Send a message and wait for the answer. One at a time."""
        await self.tell(message)
        try:
            head = await self._reader.readexactly(messages.LENGTH_BYTES)
            return messages.unframe(await self._reader.readexactly(messages.length(head)))
        except (EOFError, ConnectionError) as error:
            raise GoneError from error

    async def close(self) -> None:
        """Let the process finish its messages, and wait for its end."""
        self._stream.close()
        with suppress(ConnectionError):
            await self._stream.wait_closed()
        try:
            await asyncio.to_thread(self._process.wait, EXIT_SECONDS)
        except subprocess.TimeoutExpired:  # so that no zombie is left when it ends after all
            Thread(target=self._process.wait, name="com1d-log-end", daemon=True).start()
