"""The consoles being served, each with its entrance, added and removed by `daemon.population`."""

import asyncio
import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from com1d import ports, wire
from com1d.config import ConsoleConfig
from com1d.console.admission import admit
from com1d.console.console import Console
from com1d.console.entrance import Entrance
from com1d.console.figures import sample
from com1d.console.site import Site
from com1d.errors import Com1Error
from com1d.line.kept import KeptLine
from com1d.ports.base import Port
from com1d.telemetry import facts
from com1d.wire.uuids import earlier_log


SPARED_TOGETHER: Final = 100
"""Consoles that the garbage collector may have to look through before the next freeze: 4 ms."""

SLICE: Final = 10
"""Consoles started or stopped before the loop goes on, so that the other ports are served."""


NOT_SERVED: Final = "com1d stops serving this console"


class Left(Protocol):
    """Has what a killed process has left."""

    def goes_on(self, made: Console) -> bool:
        """Have a fresh console go on with its part, if there is one. False: make it anew."""


class Vacancy(NamedTuple):
    """The port of a console that has ended, and a line for the one that begins in its place."""

    made_for: tuple[object, ...]
    """All that the port was made for."""
    port: Port
    line: KeptLine

    def close(self) -> None:
        """Close what nobody takes."""
        self.line.drop()
        self.port.close()


class Roster:
    """All consoles by name, with their raw sockets."""

    def __init__(self, site: Site) -> None:
        """Begin without consoles. Those served are kept in `site`, for everybody."""
        self.consoles = site.consoles
        self._site = site
        self._let_in = partial(admit, site)
        self.guest_group = os.getegid()
        """The group that may open what ports make for VMs."""
        self.waits = False
        """Whether consoles are made and not started, since another process still has them."""
        self.left: Left | None = None
        """What a killed process has left, while there may be something of consoles."""
        self.another: Callable[[str, str], None] = lambda _name, _uuid: None
        """Called with a console's name and the UUID of the VM that has its place now."""
        self._fresh = -1
        """Consoles added since the last `gc.freeze()`; -1 before the first."""
        self._entrances: dict[str, Entrance] = {}
        self._vacancies: dict[str, Vacancy] = {}
        """Until the next `add`."""

    async def add(
        self, configs: list[ConsoleConfig], folder: Path, uuids: Mapping[str, str]
    ) -> list[tuple[ConsoleConfig, str]]:
        """Make consoles and start them; their raw sockets are in `folder`.

        `uuids` has those of VMs whose consoles had to end because they are others than before. A
        log of another VM is put away. Gives the consoles that cannot be started, with the reasons.
        """
        failed = []
        spare = self._is_time_to_spare(len(configs))
        if spare:  # not for a few: what others make during our awaits would be looked at in one go
            gc.disable()
        try:
            for count, config in enumerate(configs, 1):
                uuid = uuids.get(config.name, config.uuid or None)
                try:
                    await self._begin_anew(config, uuid)
                    self._add(config, folder)
                except (Com1Error, OSError) as error:
                    failed.append((config, str(error)))
                if count % SLICE == 0:
                    await asyncio.sleep(0)
        finally:
            if spare:
                gc.freeze()
                gc.enable()
            while self._vacancies:  # of those that failed
                self._vacancies.popitem()[1].close()
        return failed

    async def _begin_anew(self, config: ConsoleConfig, uuid: str | None) -> None:
        """Put the log away that the name has, if it is of another VM than that with `uuid`.

        None: which VM it is, is not known yet. Raises `Com1Error`: nobody may read it as the new
        VM's.
        """
        library, name = self._site.library, config.name
        before = library.state(name).uuid
        if uuid is None or before in ("", uuid):
            return
        if error := await library.part(name, uuid):
            raise Com1Error(f"the log of the VM that had this name cannot be put away: {error}")
        self._site.record(facts.LogParted(name, earlier_log(name, before), uuid or None))

    def _is_time_to_spare(self, count: int) -> bool:
        """Decide whether to freeze all present objects, so that the garbage collector skips them.

        Consoles live long, and to look through the objects of a thousand holds the loop for 40 ms
        each time (measured). A stopped console does not need the collector: `Console.stop` drops
        every reference back to it. The first freeze also covers all modules, which stay for good.
        """
        first = self._fresh < 0
        self._fresh += count
        if not first and self._fresh < SPARED_TOGETHER:
            return False
        if not first:
            gc.collect()  # garbage that is frozen would never be freed
        self._fresh = 0
        return True

    def _made(self, config: ConsoleConfig) -> Console:
        vacancy, wishes, found = self._vacancies.get(config.name), *self._wishes(config)
        if vacancy is not None and vacancy.made_for == (config.port, wishes, found):
            port, left = vacancy.port, self._vacancies.pop(config.name).line
        else:
            port, left = ports.make(config.port.kind, config.port.target, wishes, found=found), None
        log = self._site.library.store(config.name, config.log_size) if config.log_size else None
        made = Console(config, port, self._site, log, partial(self.another, config.name))
        if left is not None:
            made.circuit.keeper.inherit(left)
        return made

    def _wishes(self, config: ConsoleConfig) -> tuple[ports.Wishes, bool]:
        """Give what a port is made for: what is wished of it, and whether its VM was found."""
        framing = ports.Framing(config.parity, config.data_bits, config.stop_bits, config.flow)
        wishes = ports.Wishes(config.baud, config.pipe_size, framing, self.guest_group)
        return wishes, config.discovered is not None

    def _add(self, config: ConsoleConfig, folder: Path) -> None:
        made = self._made(config)
        if self.left is not None and not self.left.goes_on(made):
            made = self._made(config)
        self._entrances[config.name] = Entrance(made, folder, self._site, self._let_in)
        self.consoles[config.name] = made
        if config.set is not None:
            self._site.access.sets[config.name] = config.set
        self._site.aliases.update(dict.fromkeys(config.aliases, config.name))
        if not self.waits:
            made.start()

    async def start_anew(self, names: list[str], folder: Path) -> None:
        """Begin with consoles that were made while another process had all of them.

        They are made again: where a log of theirs ends is known by now.
        """
        configs = [self.consoles[name].config for name in names]
        await self.remove(names)
        await self.add(configs, folder, {})

    async def regroup(self, group: int) -> None:
        """Have what ports make for VMs for another group."""
        if group == self.guest_group:
            return
        self.guest_group = group
        for count, one in enumerate(tuple(self.consoles.values()), 1):
            one.circuit.regroup(group)
            if count % SLICE == 0:
                await asyncio.sleep(0)

    def configs(self, names: Iterable[str]) -> Iterator[tuple[str, ConsoleConfig]]:
        """Give the configurations of the consoles being served."""
        return ((name, self.consoles[name].config) for name in names if name in self.consoles)

    async def remove(
        self,
        names: list[str],
        code: int = wire.CLOSE_RESTARTING,
        reason: str = NOT_SERVED,
        *,
        leave: bool = False,
    ) -> None:
        """Stop consoles: close their clients, and put the ports back as they were found.

        With `leave` those of the same names that are added next have lines that are open already
        and were found to be of their VMs.
        """
        names = [name for name in names if name in self.consoles]
        for start in range(0, len(names), SLICE):
            part = names[start : start + SLICE]
            for name in part:
                self._entrances.pop(name).close()
                self._site.departed.add(sample(self.consoles[name], enabled=False))
                self._site.access.sets.pop(name, None)
                for alias in self.consoles[name].config.aliases:
                    self._site.aliases.pop(alias, None)
            ending = [self.consoles.pop(name) for name in part]
            await asyncio.gather(*(one.stop(code, reason, leave=leave) for one in ending))
            for one in ending if leave else ():
                if (line := one.circuit.keeper.kept) is not None:
                    made_for = (one.config.port, *self._wishes(one.config))
                    self._vacancies[one.name] = Vacancy(made_for, one.circuit.port, line)

    async def tried(self) -> None:
        """Return when every port was tried once."""
        for count, one in enumerate(tuple(self.consoles.values()), 1):
            await one.tried()
            if count % SLICE == 0:  # most were tried already, and nothing is waited for then
                await asyncio.sleep(0)

    @property
    def up(self) -> int:
        """How many ports are open."""
        return sum(one.connected for one in self.consoles.values())
