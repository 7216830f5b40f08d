"""A library under test, the facts that it tells, and consoles whose rings it reads."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from com1d.bootlog.library import Library
from com1d.bootlog.store import Store
from com1d.core.stream.ring import Ring
from com1d.telemetry.facts import Fact


PATIENCE = 30.0
"""Seconds to wait for what must come: the machine may be busy."""

LOG_SIZE = 1 << 20
BANNER = b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n"

F = TypeVar("F", bound=Fact)


class Console:
    """As much of a console as its log sees: a ring, and what is printed into it."""

    def __init__(self, store: Store, scrollback: int = 65536) -> None:
        self.store = store
        self.ring = Ring(scrollback, base=store.end)
        store.attach(self.ring)

    def print(self, data: bytes) -> None:
        self.ring.append(data)
        self.store.take(data)


class Household:
    """A library, and all that it told."""

    def __init__(self, library: Library, told: list[Fact]) -> None:
        self.library = library
        self.told = told

    def console(self, name: str, size: int = LOG_SIZE, scrollback: int = 65536) -> Console:
        return Console(self.library.store(name, size), scrollback)

    def tells(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.told if isinstance(fact, kind)]

    async def until(self, condition) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def living(folder: Path, **options: Any) -> AsyncIterator[Household]:
    """Open a library in `folder`, and close it in the end."""
    told: list[Fact] = []
    keyring = options.pop("keyring", None)
    library = Library(folder, record=told.append, **options)
    await library.open(keyring)
    try:
        yield Household(library, told)
    finally:
        await library.close()


async def everything(console: Console) -> bytes:
    """Read all that is kept."""
    return b"".join([piece.data async for piece in console.store.past.read(0)])
