"""Keeps one port open: tries, waits for its line to end, and tries again."""

import asyncio
from collections.abc import Callable
from typing import Final

from com1d.core.stream.backoff import Backoff
from com1d.errors import PortDown
from com1d.loop.watch import Changes, Watcher
from com1d.ports.base import DialledPort, Line, Port


SPACING_SECONDS: Final = 0.05
"""The least time between two tries: a VM that opens its FIFO in a loop must not keep us busy."""


class Keeper:
    """The owner of one port and of its line. One task, however often the port goes and returns."""

    __slots__ = (
        "_backoff", "_dialled", "_down", "_ended", "_jitter", "_port", "_task", "_up", "_watcher",
        "reason", "tried",
    )  # fmt: skip

    def __init__(
        self,
        port: Port,
        watcher: Watcher,
        *,
        up: Callable[[Line], None],
        down: Callable[[str], None],
        jitter: Callable[[], float],
        backoff: Backoff | None = None,
    ) -> None:
        """Get to know everybody; `start` begins.

        `up` gets every new line. Whoever reads it calls `line_ended` with the reason when it is
        over; then `down` is called with that reason, and the line is closed after it returns.
        `jitter` gives random numbers in [0, 1).
        """
        self.reason = "not tried yet"
        """Why the port is down, for people; what it was last, while it is up."""
        self.tried = asyncio.Event()
        """Set once the port was tried for the first time, or waits for a VM to dial in."""
        self._port = port
        self._dialled = port if isinstance(port, DialledPort) else None
        self._watcher = watcher
        self._up = up
        self._down = down
        self._jitter = jitter
        self._backoff = backoff or Backoff()
        self._ended: asyncio.Future[str] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the port open."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(_report)

    async def stop(self) -> None:
        """Close the line, if there is one, and the port. `down` is not called.

        Whoever reads the line has to have let go of it before.
        """
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        self._up = self._down = _nobody

    def line_ended(self, reason: str) -> None:
        """Tell that the line is over. Anything after the first time is ignored."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(reason)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                line = await self._open()
                began = loop.time()
                await self._hold(line)
                # Not to be cut short by a watch: opening a FIFO is itself an event of its watch.
                await asyncio.sleep(self._backoff.ended(loop.time() - began, self._jitter()))
        finally:
            self._port.close()

    async def _open(self) -> Line:
        """Try until the port opens, with a pause after each failure that news cut short."""
        with self._watcher.watch(self._port.watch) as changes:
            while True:
                try:
                    return await self._try()
                except (PortDown, OSError) as error:
                    self.reason = _why(error)
                finally:
                    self.tried.set()
                await self._pause(changes)

    async def _try(self) -> Line:
        if self._dialled is not None:
            self._dialled.listen()
            self.tried.set()
            self.reason = "waiting for the VM to dial in"
        return await self._port.open()

    async def _pause(self, changes: Changes) -> None:
        loop = asyncio.get_running_loop()
        soonest = loop.time() + SPACING_SECONDS
        if await changes.wait(self._backoff.failed(self._jitter())):
            self._backoff.reset()
            await asyncio.sleep(soonest - loop.time())
        changes.renew()

    async def _hold(self, line: Line) -> None:
        """Hand the line out until it ends, and close it whatever happens."""
        self._ended = asyncio.get_running_loop().create_future()
        try:
            self._up(line)
            self.reason = await self._ended
            self._down(self.reason)
        finally:
            line.close()


def _nobody(_: Line | str) -> None:
    """Tell nobody: the keeper has stopped."""


def _why(error: PortDown | OSError) -> str:
    """Put an error into one line for people."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _report(task: asyncio.Task[None]) -> None:
    """Do not let a keeper that failed go unnoticed: its port would stay down for ever."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler(
            {"message": "the keeper of a port failed", "exception": error, "task": task}
        )
