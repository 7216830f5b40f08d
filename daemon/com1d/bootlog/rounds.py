"""The rounds in which logs are written: gather what stores hold, send it, take the answer.

One task runs them until the daemon ends: a disk that refuses is tried again, and a writing process
that has died is replaced.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from com1d.bootlog import messages
from com1d.bootlog.messages import Batch, LogState
from com1d.bootlog.store import Store
from com1d.bootlog.writer import GoneError, Writer
from com1d.core.store.records import PIECE_BYTES
from com1d.mistakes import reason_of
from com1d.telemetry import facts


ROUND_SECONDS: Final = 0.15
"""From the first byte that waits to the round that sends it off. Promised is that kill -9 costs no
more than 0.2 s."""

SPACING_SECONDS: Final = 0.05
"""Between the beginnings of two rounds, even where a guest floods."""

SLICE: Final = 100
"""Stores that are gathered, or told their state, at once: about a millisecond."""

PUT_BYTES: Final = PIECE_BYTES
"""Bytes of one message: pickling them holds the loop for some 20 µs."""

SETTLE_SECONDS: Final = 0.5
"""How long a request waits for the last bytes to reach the disk before it reads without them."""

RESTART_SECONDS: Final = 1.0
"""Seconds before a writing process that has died is replaced."""


class Rounds:
    """Writes the stores that are due, a few times a second."""

    def __init__(
        self,
        folder: Path,
        states: dict[str, LogState],
        start: Callable[[], Awaitable[Writer]],
        record: Callable[[facts.Fact], None],
        clock: Callable[[], float],
    ) -> None:
        """Keep `states` up to date, of the logs in `folder`.

        `start` starts a writing process and lets it read the disk.
        """
        self._folder = folder
        self._states = states
        self._start = start
        self._record = record
        self._clock = clock
        self._bounds: dict[str, int] = {}
        self._fresh_bounds: dict[str, int] = {}
        self._uuids: dict[str, str] = {}
        self._fresh_uuids: dict[str, str] = {}
        self._stores: dict[Store, None] = {}
        self._due: dict[Store, None] = {}
        self._failing: set[Store] = set()
        self._awaited = asyncio.Event()
        self._hurried = asyncio.Event()
        self._settling: list[asyncio.Future[None]] = []
        self._in_round = False
        self._closing = False
        self._turn = asyncio.Lock()
        self._writer: Writer | None = None

    async def open(self) -> None:
        """Start the writing process. Raises `Com1Error` and `OSError`."""
        self._writer = await self._start()

    async def close(self) -> None:
        """Let the writing process finish what it was told."""
        if self._writer is not None:
            await self._writer.close()

    def bound(self, name: str, size: int) -> None:
        """Bound a log, or all of them together, as `messages.Bounds` has it."""
        self._bounds[name] = self._fresh_bounds[name] = size

    def identify(self, store: Store, uuid: str) -> None:
        """Note which VM a log is of."""
        self._uuids[store.name] = self._fresh_uuids[store.name] = uuid
        self.due(store)

    def add(self, store: Store) -> None:
        """Write this store from now on."""
        self._stores[store] = None

    def remove(self, store: Store) -> None:
        """Stop writing this store."""
        for everywhere in (self._stores, self._due):
            everywhere.pop(store, None)
        for names in (self._uuids, self._fresh_uuids):
            names.pop(store.name, None)
        self._failing.discard(store)

    def due(self, store: Store) -> None:
        """Gather from `store` in the next round."""
        self._due[store] = None
        self._awaited.set()

    def hurry(self) -> None:
        """Begin the next round soon."""
        self._hurried.set()

    def finish(self) -> None:
        """Write everything once more, and end `run`."""
        self._closing = True
        self._due.update(self._stores)
        self._awaited.set()
        self._hurried.set()

    async def settle(self) -> None:
        """Wait until all bytes printed so far are on the disk, but not while the disk fails."""
        if not self._due and not self._in_round:
            return
        future = asyncio.get_running_loop().create_future()
        self._settling.append(future)
        self._hurried.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await future

    async def say(self, message: Any) -> None:
        """Send the writing process a message between two rounds, if there is a process."""
        async with self._turn:
            if self._writer is not None:
                with suppress(GoneError):
                    await self._writer.tell(message)

    @property
    def in_round(self) -> bool:
        """Whether something was gathered whose state has not been told."""
        return self._in_round

    async def go_on(self) -> None:
        """Replace the writing process of an earlier daemon, then do as `run`."""
        while self._writer is None and not self._closing:
            if not await self._begin("com1d was exchanged"):
                await asyncio.sleep(RESTART_SECONDS)
        await self.run()

    async def ask(self, message: Any) -> Any:
        """Send such a message and give the answer. Raises `GoneError`."""
        async with self._turn:
            if self._writer is None:
                raise GoneError
            return await self._writer.ask(message)

    async def run(self) -> None:
        """Write in rounds until `finish`."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while not self._closing:
            if not self._awaited.is_set():
                await self._awaited.wait()
                begun = loop.time()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(begun + ROUND_SECONDS):
                    await self._hurried.wait()
            self._hurried.clear()
            begun = loop.time()
            await self._round()
            if not self._closing:
                await asyncio.sleep(max(0.0, begun + SPACING_SECONDS - loop.time()))
        if self._due:
            await self._round()

    async def _round(self) -> None:
        settled, self._settling = self._settling, []
        stores = self._take_due()
        self._in_round = True
        try:
            async with self._turn:
                for start in range(0, len(stores), SLICE):
                    await asyncio.sleep(0)  # milliseconds, for a thousand stores
                    await self._write(stores[start : start + SLICE])
                await asyncio.sleep(0)
        except GoneError:
            self._due.update(dict.fromkeys(stores))
            await self._start_again("the process that writes the logs has ended")
        except Exception as error:  # noqa: BLE001 - a bug must not end all logging
            self._due.update(dict.fromkeys(stores))
            await self._start_again(reason_of(error))
        self._in_round = False
        self._tell(stores)
        if not self._due:
            settled += self._settling
            self._settling.clear()
        for future in settled:
            if not future.done():
                future.set_result(None)

    def _take_due(self) -> list[Store]:
        now = self._clock()
        stores = [store for store in self._due if self._closing or store.is_ready(now)]
        for store in stores:
            del self._due[store]
        if not self._due:
            self._awaited.clear()
        return stores

    async def _write(self, stores: list[Store]) -> None:
        """Gather from some stores, send that, and wait until it is written or refused."""
        writer = self._writer
        if writer is None:
            raise GoneError
        bounds, self._fresh_bounds = self._fresh_bounds, {}
        if bounds:
            await writer.tell(messages.Bounds(bounds))
        uuids, self._fresh_uuids = self._fresh_uuids, {}
        if uuids:
            await writer.tell(messages.Identify(uuids))
        await self._put(writer, stores)
        while stores:
            names = [store.name for store in stores]
            states: list[LogState] = await writer.ask(messages.Flush(names))
            self._written(stores[: len(states)], states)
            stores = stores[len(states) :]

    def _written(self, stores: list[Store], states: list[LogState]) -> None:
        """Take note of what is written."""
        now = self._clock()
        for store, state in zip(stores, states, strict=True):
            before = self._states.get(store.name) or LogState()
            self._states[store.name] = state._replace(known=state.known or before.known, told=())
            for fact in state.told:
                self._record(fact)
            store.written(state, now)

    async def _put(self, writer: Writer, stores: list[Store]) -> None:
        """Send what the stores hold, in messages of about `PUT_BYTES`."""
        batches: list[tuple[str, Batch]] = []
        size = 0
        for store in stores:
            for batch in store.gather(self._clock()):
                batches.append((store.name, batch))
                size += len(batch.data)
                if size >= PUT_BYTES:
                    await writer.tell(messages.Put(batches))
                    batches, size = [], 0
        if batches:
            await writer.tell(messages.Put(batches))

    def _tell(self, stores: list[Store]) -> None:
        """Record which logs began to fail and which are written again: one fact for each reason."""
        broken: dict[str, list[str]] = {}
        healed = []
        for store in stores:
            if not store.failing and store in self._failing:
                healed.append(store.name)
                self._failing.discard(store)
            elif store.failing and store not in self._failing:
                broken.setdefault(store.failing, []).append(store.name)
                self._failing.add(store)
        for reason, names in broken.items():
            path = str(self._folder / names[0])
            self._record(facts.LogFailed(names[0], len(names), path, reason))
        if healed:
            self._record(facts.LogResumed(healed[0], len(healed)))

    async def _start_again(self, reason: str) -> None:
        """Replace the writing process. The bytes that it held in memory are a gap in each log."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()
            self._record(facts.LogFailed("*", len(self._stores), str(self._folder), reason))
        if self._closing:
            return
        await asyncio.sleep(RESTART_SECONDS)
        if await self._begin(reason):
            self._record(facts.LogResumed("*", len(self._stores)))

    async def _begin(self, reason: str) -> bool:
        """Start a process in place of another one that has ended, for `reason`, if that works."""
        with suppress(Exception):  # tried again later
            self._writer = await self._start()
            self._fresh_bounds = dict(self._bounds)
            self._fresh_uuids = dict(self._uuids)
            for number, store in enumerate(tuple(self._stores), 1):
                store.lost(self._states.get(store.name) or LogState(), reason, self._clock())
                if number % SLICE == 0:
                    await asyncio.sleep(0)
            return True
        return False
