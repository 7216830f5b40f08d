"""The keeper of a port: opens it, waits for its line to end, and opens it again."""

import asyncio
from collections.abc import Callable
from typing import Final

from com1d.core.carried import carried
from com1d.core.stream.backoff import Backoff
from com1d.errors import PortAbsent, PortDown
from com1d.line.kept import KeptLine
from com1d.line.ownership import Ownership
from com1d.loop.flag import Flag
from com1d.loop.tasks import telling
from com1d.loop.watch import Changes, Watcher
from com1d.mistakes import reason_of
from com1d.ports.base import DialledPort, Line, MortalLine, PathLine, Port


SPACING_SECONDS: Final = 0.05
"""The least time between two tries: a VM that opens and closes its FIFO in a loop costs little."""

RECHECK_SECONDS: Final = 30.0
"""When to look again, without news, whether an open line is still what its path names, where no
watch is sure to tell. Twice as long at most, so that not all ports look at once."""

AWAITED_SECONDS: Final = 1800.0
"""When to look at a watched path without having been told of a change: never, but for an error in
the watching. Twice as long at most. 4,000 such ports take 0.03 % of a core."""

TAKEN_SECONDS: Final = 1.0
"""Within this time a line that another process handed over is looked after: not a thousand of them
at once, right when everybody waits to be served."""

LAST_WORDS_SECONDS: Final = 0.2
"""From a process' end to that of its line, or the other way round: some ticks."""


@carried(
    without={
        "_changes": "of the process",
        "_dialled": "configured",
        "_down": "of the console",
        "_dropped": "of the console",
        "_ended": "made for the line that goes on",
        "_fresh": "waited for",
        "_jitter": "of the console",
        "_leaves": "of a keeper that stops",
        "_listens": "of the console",
        "_port": "configured",
        "_task": "of the process",
        "_up": "of the console",
        "_watcher": "of the process",
        "kept": "its VM dials anew, or is dialled",
        "tried": "set for a line that goes on",
    }
)
class Keeper:
    """The owner of one port and of its line. One task, however often the port goes and returns."""

    __slots__ = (
        "_backoff", "_changes", "_dialled", "_down", "_dropped", "_ended", "_fresh", "_identity",
        "_jitter", "_leaves", "_listens", "_port", "_task", "_up", "_watcher", "kept", "reason",
        "tried",
    )  # fmt: skip

    def __init__(
        self,
        port: Port,
        watcher: Watcher,
        *,
        up: Callable[[Line], None],
        down: Callable[[str], None],
        jitter: Callable[[], float],
        identity: Ownership,
        listens: Callable[[], None] = lambda: None,
        dropped: Callable[[int], None] = lambda _: None,
        backoff: Backoff | None = None,
    ) -> None:
        """Take the callbacks; `start` begins.

        `up` gets every new line. Its feed calls `line_ended` with the reason when the line is over;
        then `down` is called with that reason, and the line is closed when that returns. `jitter`
        gives random numbers in [0, 1). `identity` may forbid a port or a line. `listens` is called
        when the far end can dial in, `dropped` with the unread bytes of another VM's line.
        """
        self.reason = "not tried yet"
        """Why the port is down, for people; while it is up, the last reason."""
        self.tried = Flag()
        """Set once the port was tried for the first time, or waits for a VM to dial in."""
        self._port = port
        self._dialled = port if isinstance(port, DialledPort) else None
        self._watcher = watcher
        self._up = up
        self._down = down
        self._jitter = jitter
        self._identity = identity
        self._listens = listens
        self._dropped = dropped
        self.kept: KeptLine | None = None
        """A line of another VM's, for its console; or one that this console was left."""
        self._fresh = False
        """Whether a line is open that nobody was given yet: what has come is there alone."""
        self._leaves = False
        self._backoff = backoff or Backoff()
        self._ended: asyncio.Future[str] | None = None
        self._changes: Changes | None = None
        """What the port waits for while it is down."""
        self._task: asyncio.Task[None] | None = None

    def start(self, line: Line | None = None) -> None:
        """Begin to keep the port open; or `line`, which is open, and which `up` is not told of."""
        if line is not None:
            self._ended = asyncio.get_running_loop().create_future()
            self.tried.set()
        self._task = asyncio.create_task(self._run(line))
        self._task.add_done_callback(telling("the keeper of a port failed"))

    def inherit(self, line: KeptLine) -> None:
        """Begin with a line that another console could not have. To be called before `start`."""
        line.dropped = self._dropped
        self.kept = line

    async def stop(self, *, leave: bool = False) -> None:
        """Close the line, if there is one, and the port. `down` is not called.

        With `leave` both stay open where there is a line that is another VM's, which is `kept`. The
        line's feed must be closed before.
        """
        self._leaves = leave
        task, self._task = self._task, None  # a cancelled task refers to us, by its traceback
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        self._up = self._down = self._dropped = self._listens = _nobody

    def line_ended(self, reason: str) -> None:
        """Tell that the line is over. Anything after the first time is ignored."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(reason)

    async def _run(self, line: Line | None) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                fresh = line is None
                line = line or await self._open()
                began = loop.time()
                await self._hold(line, fresh=fresh)
                line = None
                # Not to be cut short by a watch: opening a FIFO is itself an event of its watch.
                await asyncio.sleep(self._backoff.ended(loop.time() - began, self._jitter()))
        finally:
            if self.kept is None:
                self._port.close()
            elif not self._leaves:
                self.kept.drop()
                self._port.close()

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        held = self._fresh or (self.kept is not None and self.kept.is_there)
        return "its line is open, and its VM is asked who it is" if held else ""

    def retry(self) -> None:
        """Try at once, if the port is down: it is to do something else than at the last try."""
        if self._changes is not None:
            self._changes.tell()

    async def _open(self) -> Line:
        """Try until the port opens, with pauses that a change of a watched path cuts short."""
        with self._watcher.watch(self._port.watch) as changes:
            self._changes = changes
            try:
                return await self._opened(changes)
            finally:
                self._changes = None

    async def _opened(self, changes: Changes) -> Line:
        while True:
            try:
                return await self._try()
            except Exception as error:  # noqa: BLE001 - else the port stayed down for ever
                self._failed(error)
                absent = isinstance(error, PortAbsent)
            finally:
                self.tried.set()
            await self._pause(changes, absent=absent)

    async def _try(self) -> Line:
        if self._dialled is not None:
            self._dialled.listen()
            self._listens()
            self.tried.set()
            self.reason = "waiting for the VM to dial in"
        await self._identity.before()
        kept, self.kept = self.kept, None
        line = (kept and kept.take()) or await self._port.open()
        self._fresh = True
        try:
            await self._identity.behind()
        except BaseException:
            self.kept = KeptLine(line, self._dropped)
            raise
        finally:
            self._fresh = False
        return line

    def _failed(self, error: Exception) -> None:
        """Note why a try failed; tell of one that no kind of port foresaw, once while it lasts."""
        before, self.reason = self.reason, _why(error)
        if self.reason != before and not isinstance(error, PortDown | OSError):
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"opening a port failed: {self.reason}", "exception": error}
            )

    async def _pause(self, changes: Changes, *, absent: bool) -> None:
        """Wait for a change; where there may be none that is told, for the next try."""
        loop = asyncio.get_running_loop()
        soonest = loop.time() + SPACING_SECONDS
        if absent and changes.certain:
            pause = AWAITED_SECONDS * (1 + self._jitter())
        else:
            pause = self._backoff.failed(self._jitter())
        if await changes.wait(pause):
            self._backoff.reset()
            await asyncio.sleep(soonest - loop.time())
        changes.renew()

    async def _hold(self, line: Line, *, fresh: bool) -> None:
        """Hand the line out until it ends, and close it whatever happens."""
        if fresh or self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        ended = self._ended
        try:
            if fresh:
                self._up(line)
            if isinstance(line, PathLine) or not self._identity.lasts:
                if not fresh and not (isinstance(line, PathLine) and line.displaced()):
                    await asyncio.wait((ended,), timeout=TAKEN_SECONDS * self._jitter())
                await self._guard(line, ended)
            if isinstance(line, MortalLine):
                self.reason = await self._outlive(line, ended)
            else:
                self.reason = await ended
            self._down(self.reason)
        finally:
            if self._leaves and self._identity.strange:
                self.kept = KeptLine(line, self._dropped)
            else:
                line.close()
                if isinstance(line, MortalLine):
                    await line.buried()

    async def _outlive(self, line: MortalLine, ended: asyncio.Future[str]) -> str:
        """Wait for the end of a line and of its process, which are one event seen twice.

        The process' last words are read before the line ends; what it has left running may keep
        its side of the line open, and is not waited for.
        """
        death = asyncio.ensure_future(line.ended())
        try:
            await asyncio.wait((ended, death), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait((ended, death), timeout=LAST_WORDS_SECONDS)
            return death.result() if death.done() else ended.result()
        finally:
            death.cancel()

    async def _guard(self, line: Line, ended: asyncio.Future[str]) -> None:
        """Wait for the end of a line; bring it about when it leads to another VM than its path."""
        with self._watcher.watch(self._port.watch) as changes:
            ended.add_done_callback(changes.told)
            while not ended.done():
                changes.renew()
                told = self._identity.lasts and changes.near
                recheck = AWAITED_SECONDS if told else RECHECK_SECONDS
                if (reason := await self._elsewhere(line)) is not None:
                    self.line_ended(reason)
                elif await changes.wait(recheck * (1 + self._jitter())):
                    await asyncio.wait((ended,), timeout=SPACING_SECONDS)

    async def _elsewhere(self, line: Line) -> str | None:
        """Say why a line is none of this console's any more; None while it is."""
        if isinstance(line, PathLine) and (reason := line.displaced()) is not None:
            return reason
        try:
            await self._identity.again()
        except PortDown as other:
            return str(other)
        return None


def _nobody(_: Line | str | int = 0) -> None:
    """Do nothing, because the keeper has stopped."""


def _why(error: Exception) -> str:
    """Put an error into one line for people."""
    path = getattr(error, "filename", None)
    return f"{path}: {reason_of(error)}" if path else reason_of(error)
