"""Consoles that are served, each with its entrances. They come and go with the configuration."""

import asyncio
import gc
from pathlib import Path
from typing import Final, Protocol

from com1d import ports, wire
from com1d.config import ConsoleConfig
from com1d.runtime import console, entrance
from com1d.runtime.console import Console
from com1d.runtime.entrance import Entrance


SLICE: Final = 10
"""Consoles started or stopped before the loop goes on, so that the other ports are served."""


class House(console.Shared, entrance.Door, Protocol):
    """What the consoles and their entrances need of the daemon."""


class Roster:
    """Every console by its name."""

    def __init__(self, house: House) -> None:
        """Begin without consoles."""
        self.consoles: dict[str, Console] = {}
        self._entrances: dict[str, Entrance] = {}
        self._house = house

    async def add(self, configs: list[ConsoleConfig], folder: Path, group: int | None) -> None:
        """Make consoles and start them; their raw sockets are in `folder`, for `group`.

        They stay for long, so the garbage collector is told to leave them alone: looking through
        the objects of a thousand consoles would hold the loop for 40 ms each time.
        """
        gc.disable()
        try:
            for count, config in enumerate(configs, 1):
                self._add(config, folder, group)
                if count % SLICE == 0:
                    await asyncio.sleep(0)
        finally:
            gc.freeze()
            gc.enable()

    def _add(self, config: ConsoleConfig, folder: Path, group: int | None) -> None:
        port = ports.make(
            config.port.kind, config.port.target, baud=config.baud, pipe_size=config.pipe_size
        )
        made = Console(config, port, self._house)
        self._entrances[config.name] = Entrance(made, folder, group, self._house)
        self.consoles[config.name] = made
        made.start()

    async def remove(self, names: list[str]) -> None:
        """Send their clients away, and put the ports back as they were found."""
        reason = "com1d stops serving this console"
        for start in range(0, len(names), SLICE):
            part = names[start : start + SLICE]
            for name in part:
                self._entrances.pop(name).close()
            stopping = (
                self.consoles.pop(name).stop(wire.CLOSE_RESTARTING, reason) for name in part
            )
            await asyncio.gather(*stopping)

    async def tried(self) -> None:
        """Return when every port was tried once."""
        for one in tuple(self.consoles.values()):
            await one.tried()

    @property
    def up(self) -> int:
        """How many ports are open."""
        return sum(one.connected for one in self.consoles.values())
