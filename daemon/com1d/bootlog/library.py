"""The boot diagnostics logs of the host: what the daemon starts, asks and stops.

::

    library = Library(log_dir, record=service.record)
    await library.open(keyring)              # finds what is there
    store = library.store(name, log_size)    # for each console that keeps a log
    ring = Ring(scrollback, base=store.end)  # offsets go on where they stopped
    store.attach(ring)                       # a reader: take(fresh) after each append
    ...
    store.detach()                           # its console is no longer served
    await library.release()                  # and will not be again soon
    await library.close()                    # everything is on the disk, or said not to be

A few times a second the loop gathers what the stores hold and sends it to the writing process
(`scribe`), which answers once a round with the state of each log. Requests read the files in
threads.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from com1d.bootlog import messages
from com1d.bootlog.messages import LogState
from com1d.bootlog.past import Past
from com1d.bootlog.rounds import Rounds
from com1d.bootlog.sealing import Keyring
from com1d.bootlog.store import Store
from com1d.bootlog.window import Window
from com1d.bootlog.writer import COMMAND, GoneError, Writer
from com1d.core.carry import Packed, pack, unpack
from com1d.core.store.layout import MIB
from com1d.errors import Com1Error
from com1d.loop.worker import Worker
from com1d.telemetry import facts
from com1d.wire.uuids import earlier_log, earlier_vm


COMMON_BYTES: Final = 64 * MIB
"""Bytes that all stores together may hold in memory beyond `BEHIND_BYTES` each."""

WORKERS: Final = 2
"""Reading threads, so that one that waits for a dead disk does not stop all requests."""

CLOSE_SECONDS: Final = 1.0
"""How long the last round waits for a disk that takes nothing; the daemon has 2 s to stop."""

CLOSE_MOST_SECONDS: Final = 60.0
"""How long it goes on while the disk is slow, and takes something. The service manager is asked for
that time."""

TIDY_FIRST_SECONDS: Final = 60.0
TIDY_SECONDS: Final = 3600.0
"""Times to look for logs of consoles that are long gone: not while the daemon starts."""

KEEP_SECONDS: Final = 30 * 86400.0


class Library:
    """The logs of all consoles. `folder` is theirs alone."""

    def __init__(
        self,
        folder: Path,
        *,
        record: Callable[[facts.Fact], None],
        clock: Callable[[], float] = time.time,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Describe the library in `folder`.

        `record` hears facts, `clock` gives seconds since 1970, `command` starts the process.
        """
        self.record = record
        self.now = clock
        self.keep = KEEP_SECONDS
        """How long the log of a console stays after the console is no longer configured."""
        self._folder = folder
        self._keyring = Keyring()
        self._command = command
        self._prepared: Writer | None = None
        self._states: dict[str, LogState] = {}
        self._stores: dict[str, Store] = {}
        self._workers: list[Worker] = []
        self._next_worker: Iterator[Worker] = cycle(())
        self._writing: asyncio.Task[None] | None = None
        self._tidying: asyncio.Task[None] | None = None
        self._common = COMMON_BYTES
        self._rounds = Rounds(folder, self._states, self._start, record, clock)
        self.due = self._rounds.due
        self.hurry = self._rounds.hurry
        self.settle = self._rounds.settle

    @property
    def is_open(self) -> bool:
        """Whether it writes: between `open` and `close`."""
        return self._writing is not None

    async def open(self, keyring: Keyring | None = None) -> None:
        """Find the logs that are there, and begin to write, with `keyring` if it is to encrypt.

        A disk that cannot be read or written is told as a fact. Raises `Com1Error` where another
        daemon writes here.
        """
        self._keyring = keyring or Keyring()
        await self._rounds.open()
        self._begin(self._rounds.run())
        await asyncio.sleep(0)  # reading the answer was a turn of its own

    async def prepare(self) -> None:
        """Start the process that is to write after `go_on`, and let it import what it needs.

        Then that does not take a core while everybody waits to be served. It ends with us.
        """
        writer = await Writer.start(self._command)
        try:
            await writer.ask(messages.Ready())
        except GoneError:  # `go_on` starts another
            await writer.close()
        else:
            self._prepared = writer

    def go_on(self, keyring: Keyring) -> None:
        """Read at once; write as soon as the writing process of an earlier daemon has ended."""
        self._keyring = keyring
        self._begin(self._rounds.go_on())

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return "the logs are being written" if self._rounds.in_round else ""

    def hand_over(self) -> Packed:
        """Give what is known of each log on the disk."""
        return {name: pack(state) for name, state in self._states.items()}

    def take_over(self, packed: Packed) -> None:
        """Know what another process knew of each log on the disk. To be called before `store`."""
        self._states.update({name: unpack(state) for name, state in packed.items()})

    def _begin(self, writing: Coroutine[Any, Any, None]) -> None:
        self._workers = [Worker(f"com1d-log-{number}") for number in range(WORKERS)]
        self._next_worker = cycle(self._workers)
        self._writing = asyncio.create_task(writing)
        self._tidying = asyncio.create_task(self._tidy())

    async def _start(self) -> Writer:
        """Start a process to write, and let it read the disk."""
        writer, self._prepared = self._prepared or await Writer.start(self._command), None
        try:
            answer = await writer.ask(messages.Open(self._folder, self._keyring))
        except BaseException:
            await writer.close()
            raise
        if isinstance(answer, messages.Refused):
            await writer.close()
            raise Com1Error(answer.reason)
        self._states.clear()
        self._states.update(answer.states)
        for fact in answer.told:
            self.record(fact)
        return writer

    def set_total(self, size: int) -> None:
        """Bound what all logs together take on the disk; 0 is no bound."""
        self._rounds.bound("", size)

    def store(self, name: str, size: int) -> Store:
        """Give a console's log, of at most `size` bytes: the same object as before a reload."""
        self._rounds.bound(name, size)
        if name not in self._stores:
            self._stores[name] = Store(name, self)
            self._rounds.add(self._stores[name])
        return self._stores[name]

    def identify(self, store: Store, uuid: str) -> None:
        """Note which VM a console's log is of."""
        self._states[store.name] = self.state(store.name)._replace(uuid=uuid)
        self._rounds.identify(store, uuid)

    async def part(self, name: str, uuid: str) -> str:
        """Put the log of `name` away under its VM's UUID, because another VM has the name now.

        The console is not served meanwhile. Where the VM with `uuid` had the name before, its log
        is gone on with. Gives why it could not be done, and all is as before; else nothing.
        """
        store = self._stores.get(name)
        if store is not None:
            await self.settle()
            self._drop(store)
        try:
            answer: messages.Parted = await self._rounds.ask(messages.Part(name, uuid))
        except GoneError:
            return "the process that writes the logs has ended"
        if not answer.error:
            self._states.pop(earlier_log(name, uuid), None)
        self._states.update(answer.states)
        for fact in answer.told:
            self.record(fact)
        return answer.error

    def earlier(self) -> list[str]:
        """Name the logs of VMs whose consoles' names are other VMs' now."""
        kept = (name for name in self._states if name not in self._stores)
        return sorted(name for name in kept if earlier_vm(name))

    def past(self, name: str) -> Past:
        """Give access to a console's kept log, whether the console is configured or not."""
        return Past(name, self)

    async def release(self) -> None:
        """Write the rest of consoles that are no longer served. Their logs stay for `keep`."""
        stores = [store for store in self._stores.values() if not store.attached]
        if stores:
            await self.settle()
        for store in stores:
            if store.attached:  # its console came back meanwhile
                continue
            self._drop(store)
            await self._rounds.say(messages.Rest(store.name))

    def _drop(self, store: Store) -> None:
        del self._stores[store.name]
        self._rounds.remove(store)
        state = self.state(store.name)
        store.give_up(state, self.now())
        self._states[store.name] = state._replace(taken=store.end)

    async def close(self) -> None:
        """Write everything that there is, as long as the disk takes something."""
        writing, tidying = self._writing, self._tidying
        if writing is None or tidying is None:
            return
        for store in self._stores.values():
            store.detach()
        self._rounds.finish()
        tidying.cancel()
        await self._wait_for(writing)
        writing.cancel()
        await asyncio.gather(writing, tidying, return_exceptions=True)
        for name, store in self._stores.items():
            store.give_up(self.state(name), self.now())
        await self._rounds.close()
        for worker in self._workers:
            worker.stop()
        self._workers = []
        self._writing = self._tidying = None

    async def _wait_for(self, writing: asyncio.Task[None]) -> None:
        """Wait for the last round until it is over, or the disk takes nothing any more."""
        clock = asyncio.get_running_loop().time
        end, before, written = clock() + CLOSE_MOST_SECONDS, -1, self._written
        while not writing.done() and written != before and clock() < end:
            await asyncio.wait((writing,), timeout=CLOSE_SECONDS)
            before, written = written, self._written

    @property
    def _written(self) -> int:
        return sum(state.end for state in self._states.values())

    async def _tidy(self) -> None:
        clock = asyncio.get_running_loop().time
        before, pause = clock(), TIDY_FIRST_SECONDS
        while True:
            await asyncio.sleep(pause)
            await self.release()
            before, seen = clock(), clock() - before
            await self._rounds.say(messages.Tidy(frozenset(self._stores), seen, self.keep))
            pause = TIDY_SECONDS

    # -- for the stores, and for those who read -----------------------------------------------

    def grant(self, size: int) -> bool:
        """Take `size` bytes of the common memory for a store; false where there are not so many."""
        if self._common < size:
            return False
        self._common -= size
        return True

    def refund(self, size: int) -> None:
        """Return bytes to the common memory."""
        self._common += size

    def worker(self) -> Worker:
        """Give a thread to read files in."""
        return next(self._next_worker)

    def window(self, name: str) -> Window:
        """Give a window on one console's files."""
        return Window(self._folder / name, self._keyring)

    def state(self, name: str) -> LogState:
        """Give the state of one console's log."""
        return self._states.get(name) or LogState()
