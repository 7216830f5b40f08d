"""`com1 log --follow`: what the console goes on to say, from where its log ended."""

import asyncio
import signal
import sys
import time
from typing import Final

from com1d.frontends.session.attachment import OBSERVE, Wanted
from com1d.frontends.session.link import ClientError
from com1d.frontends.session.session import Session
from com1d.frontends.session.streams import Output
from com1d.frontends.words.log_view import LogView
from com1d.frontends.words.notices import notice
from com1d.wire.events import Event
from com1d.wire.times import rfc3339


def follow(socket: str, name: str, start: int, view: LogView) -> None:
    """Print what comes from offset `start` on until Ctrl-C. Raises `ClientError`."""
    asyncio.run(_follow(socket, name, Wanted(mode=OBSERVE, start=start), view))


async def _follow(socket: str, name: str, wanted: Wanted, view: LogView) -> None:
    output = Output(1)
    face = Following(output, view)
    face.session = session = Session(socket, name, wanted, face)
    loop = asyncio.get_running_loop()
    heeded = signal.getsignal(signal.SIGINT) != signal.SIG_IGN  # not so in the background
    if heeded:
        loop.add_signal_handler(signal.SIGINT, session.quit)
    try:
        await session.run()
    finally:
        if heeded:
            loop.remove_signal_handler(signal.SIGINT)
        face.close()
        await output.close()


SETTLE_SECONDS: Final = 0.2
"""Seconds after which finished lines are shown, though the guest could still change them."""
QUIET_SECONDS: Final = 1.0
"""Seconds without output after which the unfinished line is shown, too: by then it is a prompt, and
no progress that overwrites itself."""


class Following:
    """The `Face` of a session that only prints."""

    session: Session

    def __init__(self, output: Output, view: LogView) -> None:
        self._output = output
        self._view = view
        self._timer: asyncio.TimerHandle | None = None
        self._newest = 0.0
        """When output came last, in the loop's time."""

    def close(self) -> None:
        """Show what is left."""
        if self._timer is not None:
            self._timer.cancel()
        self._output.put(self._view.finish())

    def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        quiet = loop.time() - self._newest >= QUIET_SECONDS
        self._output.put(self._view.settle(whole=quiet))
        self._timer = None if quiet else loop.call_later(SETTLE_SECONDS, self._settle)

    async def guest(self, data: bytes) -> None:
        """Print the output, at the speed of its reader."""
        loop = asyncio.get_running_loop()
        self._newest = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(SETTLE_SECONDS, self._settle)
        now = rfc3339(time.time())
        self._output.put(self._view.feed(data, now, self.session.offset - len(data)))
        await self._output.drained()

    def notice(self, text: str) -> None:
        """Tell a person who may be watching."""
        print(f"com1: {text}", file=sys.stderr, flush=True)

    def happened(self, event: Event) -> None:
        """Tell a person who may be watching."""
        if said := notice(event):
            self.notice(said)

    async def replaced(self, ending: ClientError) -> str | None:
        """End: who only watches is not preempted."""
        del ending
        return None
