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

The loop gathers what the stores hold a few times a second, sends it to the process that writes
(`scribe`), and hears once a round how it went. Requests read the files in threads.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Final

from com1d.bootlog import messages
from com1d.bootlog.messages import State
from com1d.bootlog.past import Past
from com1d.bootlog.rounds import Rounds
from com1d.bootlog.sealing import Keyring
from com1d.bootlog.store import Store
from com1d.bootlog.window import Window
from com1d.bootlog.writer import COMMAND, Writer
from com1d.core.store.layout import MIB
from com1d.errors import Com1Error
from com1d.loop.worker import Worker
from com1d.telemetry import facts


COMMON_BYTES: Final = 64 * MIB
"""What all stores together may hold in memory beyond `BEHIND_BYTES` each."""

READERS: Final = 2
"""Threads for requests, so that one that waits for a dead disk does not stop all others."""

CLOSE_SECONDS: Final = 1.0
"""How long the last round may take: promised are 2 s for the whole daemon."""

TIDY_FIRST_SECONDS: Final = 60.0
TIDY_SECONDS: Final = 3600.0
"""When to look for logs whose consoles have been gone for too long: not while the daemon starts."""

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
        self._states: dict[str, State] = {}
        self._stores: dict[str, Store] = {}
        self._readers: list[Worker] = []
        self._common = COMMON_BYTES
        self._rounds = Rounds(self._states, self._start, record, clock)
        self.due = self._rounds.due
        self.hurry = self._rounds.hurry
        self.settle = self._rounds.settle

    @property
    def is_open(self) -> bool:
        """Whether it writes: between `open` and `close`."""
        return bool(self._readers)

    async def open(self, keyring: Keyring | None = None) -> None:
        """Find the logs that are there, and begin to write, with `keyring` if it is to encrypt.

        A disk that cannot be read or written is told as a fact. Raises `Com1Error` where another
        daemon writes here.
        """
        self._keyring = keyring or Keyring()
        await self._rounds.open()
        self._readers = [Worker(f"com1d-log-{number}") for number in range(READERS)]
        self._next_reader = cycle(self._readers)
        self._writing = asyncio.create_task(self._rounds.run())
        self._tidying = asyncio.create_task(self._tidy())
        await asyncio.sleep(0)  # reading the answer was a turn of its own

    async def _start(self) -> Writer:
        """Start a process to write, and let it read the disk."""
        writer = await Writer.start(self._command)
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
        """Give a console's log, of at most `size` bytes: the same one as before a reload."""
        self._rounds.bound(name, size)
        if name not in self._stores:
            self._stores[name] = Store(name, self)
            self._rounds.add(self._stores[name])
        return self._stores[name]

    def past(self, name: str) -> Past:
        """Give what is kept of a console, whether it is configured or not."""
        return Past(name, self)

    async def release(self) -> None:
        """Write the rest of consoles that are no longer served. Their logs stay for `keep`."""
        stores = [store for store in self._stores.values() if not store.attached]
        if stores:
            await self.settle()
        for store in stores:
            if store.attached:  # its console came back meanwhile
                continue
            del self._stores[store.name]
            self._rounds.remove(store)
            state = self.state(store.name)
            store.give_up(state, self.now())
            self._states[store.name] = state._replace(taken=store.end)
            await self._rounds.say(messages.Rest(store.name))

    async def close(self) -> None:
        """Write everything that there is, as far as the disk takes it within `CLOSE_SECONDS`."""
        if not self.is_open:
            return
        for store in self._stores.values():
            store.detach()
        self._rounds.finish()
        self._tidying.cancel()
        await asyncio.wait((self._writing,), timeout=CLOSE_SECONDS)
        self._writing.cancel()
        await asyncio.gather(self._writing, self._tidying, return_exceptions=True)
        for name, store in self._stores.items():
            store.give_up(self.state(name), self.now())
        await self._rounds.close()
        for reader in self._readers:
            reader.stop()
        self._readers = []

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
        """Give away `size` bytes of the common memory, or not."""
        if self._common < size:
            return False
        self._common -= size
        return True

    def refund(self, size: int) -> None:
        """Take them back."""
        self._common += size

    def reader(self) -> Worker:
        """Give a thread to read in."""
        return next(self._next_reader)

    def window(self, name: str) -> Window:
        """Give a look at one console's files."""
        return Window(self._folder / name, self._keyring)

    def state(self, name: str) -> State:
        """Say where one console's log stands."""
        return self._states.get(name) or State()
