"""`com1 connect` in a pipeline: standard input to the console, the console to standard output."""

import asyncio
import sys
from typing import Final

from com1d.errors import EX_FAILURE, PROBLEMS, NotRunning
from com1d.frontends.session.attachment import OBSERVE, Wanted
from com1d.frontends.session.concurrently import first_of
from com1d.frontends.session.link import ClientError
from com1d.frontends.session.session import Session
from com1d.frontends.session.streams import Input, Output
from com1d.frontends.words.notices import notice
from com1d.wire.events import Attached, Event, PortUp


QUIET_SECONDS: Final = 1.0
"""Silence after the end of the input that counts as the guest's answer being complete: a shell on
a loaded host answers within a tenth of that, and nothing says where an answer ends."""


class Copying:
    """The `Face` of a session without a terminal: bytes as they are, notices on stderr."""

    def __init__(
        self,
        socket: str,
        name: str,
        wanted: Wanted,
        source: Input,
        output: Output,
        idle: float = QUIET_SECONDS,
    ) -> None:
        self.session = Session(socket, name, wanted, self)
        self._source = source
        self._output = output
        self._begun = asyncio.Event()
        self._heard = asyncio.Event()
        self._idle = idle
        self._down: Attached | None = None
        """The attach at which the port was down, while it is."""

    async def run(self) -> None:
        """Copy until the input has ended and the guest is quiet.

        Raises `ClientError`, also when some of the input did not reach the guest.
        """
        await first_of(self.session.run(), self._copy())
        code, title = self.session.refusal, "Not all of the input reached the guest"
        if self._down is not None and self.session.mode != OBSERVE:
            reason = self._down.reason or NotRunning.title
            members = {"code": NotRunning.code, "title": NotRunning.title, "detail": reason}
            raise ClientError(members, NotRunning.exit_code)
        if code is not None:
            known = PROBLEMS.get(code)
            exit_code = known.exit_code if known else EX_FAILURE
            raise ClientError({"code": code, "title": title}, exit_code)

    async def guest(self, data: bytes) -> None:
        """Write the guest's output, at the speed of its reader."""
        self._heard.set()
        self._output.put(data)
        await self._output.drained()

    def notice(self, text: str) -> None:
        """Tell a person who may be watching."""
        print(f"com1: {text}", file=sys.stderr, flush=True)

    def happened(self, event: Event) -> None:
        """Begin; tell a person who may be watching."""
        if isinstance(event, Attached):
            self._down = event if event.connected is False else None
            self._begun.set()
        elif isinstance(event, PortUp):
            self._down = None
        if said := notice(event):
            self.notice(said)

    async def replaced(self, ending: ClientError) -> str | None:
        """End: nobody is there to choose."""
        del ending
        return None

    async def _copy(self) -> None:
        while data := await self._source.read():
            if self.session.mode != OBSERVE:
                await self.session.send(data)
        await self._begun.wait()
        await self.session.sent()
        while await self._hears():
            await self._output.drained()

    async def _hears(self) -> bool:
        self._heard.clear()
        try:
            async with asyncio.timeout(self._idle):
                return await self._heard.wait()
        except TimeoutError:
            return False
