"""`com1 log --follow`: what the console goes on to say, from where its log ended."""

import asyncio
import signal
import sys
from typing import Any

from com1d.frontends.attachment import Wanted
from com1d.frontends.menu import OBSERVE
from com1d.frontends.session import Session
from com1d.frontends.terminal import Output
from com1d.frontends.visible import Readable


def follow(socket: str, name: str, start: int, *, raw: bool) -> None:
    """Print what comes from offset `start` on until Ctrl-C. Raises `ClientError`."""
    asyncio.run(_follow(socket, name, Wanted(mode=OBSERVE, start=start), raw=raw))


async def _follow(socket: str, name: str, wanted: Wanted, *, raw: bool) -> None:
    output = Output(1)
    session = Session(socket, name, wanted, Following(output, None if raw else Readable()))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, session.quit)
    try:
        await session.run()
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        await output.close()


class Following:
    """The `Face` of a session that only prints."""

    def __init__(self, output: Output, text: Readable | None) -> None:
        self._output = output
        self._text = text

    async def guest(self, data: bytes) -> None:
        """Print, at the speed of whoever reads it."""
        self._output.put(data if self._text is None else self._text.feed(data).encode())
        await self._output.drained()

    def notice(self, text: str) -> None:
        """Tell a person who may be watching."""
        print(f"com1: {text}", file=sys.stderr, flush=True)

    def attached(self, event: dict[str, Any]) -> None:
        """Nothing to do."""

    def replayed(self) -> None:
        """Nothing to do."""
