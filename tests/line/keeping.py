"""A keeper under test: what it reports, in order, to a test that waits for it."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

from com1d.core.stream.backoff import Backoff
from com1d.guest.identity import Identity
from com1d.line.keeper import Keeper
from com1d.loop.watch import Watcher
from com1d.ports.base import Line, Port


PATIENCE = 30
"""Seconds before a test that waits for a report gives up."""


def only_news() -> Backoff:
    """Give a back-off that retries too late for any test: only a watch brings the port back."""
    return Backoff(first=3600.0, longest=7200.0, settled=0.0)


def always_at_once() -> Backoff:
    """Give a back-off for a port without a watch, whose lines in a test are all short."""
    return Backoff(settled=0.0)


class Counting:
    """A port that counts the tries, and is otherwise `port`."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self.tries = 0

    def __getattr__(self, name: str):
        return getattr(self._port, name)

    async def open(self) -> Line:
        self.tries += 1
        return await self._port.open()


class Kept:
    """A keeper, and its reports in order."""

    def __init__(self, port: Port, watcher: Watcher, backoff: Backoff, jitter: float) -> None:
        self.port = port
        self.watcher = watcher
        self.reports: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
        self.keeper = Keeper(
            port,
            watcher,
            up=lambda line: self.reports.put_nowait(("up", line)),
            down=lambda reason: self.reports.put_nowait(("down", reason)),
            jitter=lambda: jitter,
            identity=Identity("", None, print, print),
            backoff=backoff,
        )

    async def report(self) -> tuple[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return await self.reports.get()

    async def line(self) -> Line:
        """Wait for the next line."""
        what, line = await self.report()
        assert what == "up", line
        return line

    async def end(self, reason: str) -> None:
        """End the line, as its reader does, and wait until the keeper has understood."""
        self.keeper.line_ended(reason)
        assert await self.report() == ("down", reason)

    async def tried(self) -> str:
        """Wait for the first try; give the reason why the port is down."""
        async with asyncio.timeout(PATIENCE):
            await self.keeper.tried.wait()
        return self.keeper.reason


@asynccontextmanager
async def keeping(
    port: Port, backoff: Backoff | None = None, *, line: Line | None = None, jitter: float = 0.0
):
    """Keep `port` open, with a watcher of its own, or go on with a `line` that came over."""
    watcher = Watcher()
    running = asyncio.create_task(watcher.run())
    kept = Kept(port, watcher, backoff or only_news(), jitter)
    kept.keeper.start(line)
    try:
        yield kept
    finally:
        await kept.keeper.stop()
        running.cancel()
        await asyncio.wait((running,))
        watcher.close()
