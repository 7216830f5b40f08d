"""The audit: who did what to which console, in a chain on disk (`core.audit`).

The loop only queues facts. One task turns them into lines, and one thread writes the lines, a batch
at a time. An attach waits until its line is on the disk. While the disk takes nothing, lines wait
up to a bound; facts beyond it are counted, and the count becomes a line.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from com1d.audit.file import UNKEPT_LINES, AuditFile
from com1d.core.access.audit import Chain
from com1d.errors import AuditUnavailable, os_reason
from com1d.telemetry import facts


QUEUE_LINES: Final = 4096
"""Lines that wait while the disk takes none: 2 MB, and minutes of the busiest host."""

BATCH_LINES: Final = UNKEPT_LINES
"""Lines made and written at once. Making (hashing) them holds the loop for a millisecond."""

WAIT_SECONDS: Final = 5.0
"""How long an attach waits for its line. A disk that takes longer counts as failing."""

RETRY_SECONDS: Final = 1.0
"""Seconds between two tries while the disk takes nothing."""

CLOSE_SECONDS: Final = 0.4
"""How long the daemon waits for the last lines when it stops; the whole stop may take 2 s."""

COLUMNS: Final = (
    "console", "user", "uid", "gid", "pid", "command", "gateway", "login", "terminal", "address",
    "session", "outcome",
)  # fmt: skip
"""Members of every line about an audited fact; null where one has no value."""

T = TypeVar("T")


class _Entry(NamedTuple):
    fields: dict[str, Any]
    done: asyncio.Future[None] | None = None
    """Done when the line is on the disk; None where nobody waits."""


class Audit:
    """The daemon's audit: takes facts at any time, and writes them while `run` runs."""

    def __init__(
        self,
        file: AuditFile,
        now: Callable[[], str],
        tell: Callable[[facts.Fact], Any],
        *,
        required: bool,
    ) -> None:
        """Write to `file`; `required` refuses attaches that cannot be written down.

        `tell` puts what happens to the audit itself into the daemon's log.
        """
        self.required = required
        self.failing = ""
        """Why nothing can be written; empty while it can."""
        self._file = file
        self._now = now
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "audit")
        self._queue: deque[_Entry] = deque()
        self._missed = 0
        self._missed_since = self._missed_until = ""
        self._chain: Chain | None = None
        self._batch: list[_Entry] = []
        self._data = b""
        self._doomed: list[Path] = []
        self._failed_at = 0.0
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._closing = asyncio.Event()
        self._closed = False
        self._writing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write. Until then lines wait: another process may write there."""
        self._writing = self._loop.create_task(self.run())

    def seal_with(self, key: bytes) -> None:
        """Seal the lines with `key`; to be called before there is the first one."""
        self._file.key = key

    # -- in ---------------------------------------------------------------------------------

    def note(self, fact: facts.Fact) -> None:
        """Queue a fact, to be written as soon as possible."""
        self._put(_Entry(self._fields(fact)))

    async def commit(self, fact: facts.Fact) -> None:
        """Queue a fact, and wait until it is on the disk where `required` says so.

        Raises `AuditUnavailable` when it does not get onto the disk in time. Its line may still be
        written later, so the outcome has to be noted as well.
        """
        if not self.required:
            self.note(fact)
            return
        done = self._loop.create_future()
        self._put(_Entry(self._fields(fact), done))
        timer = self._loop.call_later(WAIT_SECONDS, self._too_slow, done)
        try:
            await done
        finally:
            timer.cancel()

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return "" if self._idle.is_set() else "the audit is being written"

    def __len__(self) -> int:
        """Count the lines that wait to be written."""
        return len(self._queue) + len(self._batch)

    def demand(self) -> None:
        """Raise `AuditUnavailable` while the disk fails: an attach would wait in vain."""
        if self.required and self.failing:
            raise AuditUnavailable(f"the audit cannot be written: {self.failing}")

    def _fields(self, fact: facts.Fact) -> dict[str, Any]:
        columns = dict.fromkeys(COLUMNS) if isinstance(fact, facts.AuditedFact) else {}
        return {"time": self._now(), "event": fact.event, **columns, **fact.fields()}

    def _put(self, entry: _Entry) -> None:
        self._own_up()
        if len(self._queue) < QUEUE_LINES:
            self._queue.append(entry)
        else:
            self._miss(entry)
        self._idle.clear()
        self._news.set()

    def _miss(self, entry: _Entry) -> None:
        self._missed += 1
        self._missed_until = entry.fields["time"]
        self._missed_since = self._missed_since or self._missed_until
        if entry.done is not None:
            entry.done.set_exception(AuditUnavailable("too much waits to be written"))

    def _own_up(self) -> None:
        """Queue the count of missed facts, as soon as there is room for it and one more line."""
        if self._missed and len(self._queue) < QUEUE_LINES - 1:
            gap = facts.AuditGap(self._missed, self._missed_since, self._missed_until)
            self._missed, self._missed_since = 0, ""
            self._tell(gap)
            self._queue.append(_Entry(self._fields(gap)))

    def _too_slow(self, done: asyncio.Future[None]) -> None:
        if not done.done():
            reason = f"the disk did not answer within {WAIT_SECONDS:g} s"
            done.set_exception(AuditUnavailable(reason))
            self._fail(reason)

    # -- out --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Write what is queued, until cancelled or closed."""
        while not self._closed:
            await self._news.wait()
            self._news.clear()
            try:
                await self._write_all()
            except OSError as error:
                where = f"{error.filename}: " if error.filename else ""
                self._fail(where + os_reason(error))
                self._news.set()
                await self._pause()

    async def close(self) -> None:
        """Wait a moment for the last lines; give how many were not written. `run` may end then."""
        self._closing.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._idle.wait()
        self._closed = True
        if lost := len(self._queue) + len(self._batch) + self._missed:
            self._tell(facts.AuditGap(lost, self._missed_since or self._now(), self._now()))
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait((self._writing,))
        self._thread.submit(self._file.close)
        self._thread.shutdown(wait=False)

    async def _write_all(self) -> None:
        if self._chain is None:
            await self._open()
        while self._queue or self._batch:
            if self._file.full and not self._batch:
                await self._rotate()
            await self._write_batch()
            self._recover()
            self._own_up()
        self._idle.set()

    async def _pause(self) -> None:
        if self._closing.is_set():
            await asyncio.sleep(CLOSE_SECONDS / 4)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS):
                await self._closing.wait()

    async def _open(self) -> None:
        opened = await self._in_thread(self._file.open)
        self._chain = Chain(opened.head, self._file.key)
        found: list[facts.Fact] = [
            facts.AuditOpened(*opened.head, opened.cut, opened.missing, opened.added)
        ]
        if opened.forged:
            found.append(facts.AuditForged(opened.forged, opened.head.seq))
        for fact in found:
            self._tell(fact)
        self._queue.extendleft(_Entry(self._fields(fact)) for fact in reversed(found))

    async def _write_batch(self) -> None:
        assert self._chain is not None  # noqa: S101 - opened before
        if not self._batch:
            count = min(len(self._queue), BATCH_LINES)
            self._batch = [self._queue.popleft() for _ in range(count)]
            self._data = b"".join(self._chain.append(entry.fields) for entry in self._batch)
        await self._in_thread(self._file.append, self._data, self._chain.head)
        for entry in self._batch:
            if entry.done is not None and not entry.done.done():
                entry.done.set_result(None)
        self._batch = []
        if self._doomed:
            await self._in_thread(self._file.remove, self._doomed)
            self._doomed = []

    async def _rotate(self) -> None:
        assert self._chain is not None  # noqa: S101 - opened before
        if not await self._in_thread(self._file.rotate):
            return
        self._tell(facts.AuditRotated(self._file.path.name, *self._chain.head))
        self._doomed, through = await self._in_thread(self._file.too_many)
        for path in self._doomed:
            fact = facts.AuditRemoved(path.name, through)
            self._tell(fact)
            self._queue.appendleft(_Entry(self._fields(fact)))

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await self._loop.run_in_executor(self._thread, work, *arguments)

    def _fail(self, reason: str) -> None:
        """Note that the disk fails, and let every waiting attach fail with it."""
        if not self.failing:
            self.failing = reason
            self._failed_at = self._loop.time()
            fact = facts.AuditFailing(reason)
            self._tell(fact)
            self.note(fact)
        for entry in (*self._batch, *self._queue):
            if entry.done is not None and not entry.done.done():
                entry.done.set_exception(AuditUnavailable(f"the audit cannot be written: {reason}"))

    def _recover(self) -> None:
        if self.failing:
            self.failing = ""
            fact = facts.AuditRecovered(round(self._loop.time() - self._failed_at, 3))
            self._tell(fact)
            self.note(fact)
