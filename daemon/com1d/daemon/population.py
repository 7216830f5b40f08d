"""The population of consoles, kept up to date: `core.inventory.census` decides, `Roster` obeys.

The console of a found VM that is gone stays while a client is attached, so that a VM that is
started again is the same console to its user. It is removed when the last client leaves.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from com1d import wire
from com1d.config import (
    Config,
    ConsoleConfig,
    DiscoverConfig,
    PortAddress,
    needs,
)
from com1d.console.roster import Roster
from com1d.console.site import Site, Unserved
from com1d.core.carried import carried
from com1d.core.carry import Packed, pack, unpack
from com1d.core.inventory.census import CONFIGURED, Census, Moves
from com1d.daemon.discovery import Sighting, Source
from com1d.daemon.lookout import Changes, Lookout
from com1d.errors import StateRefused
from com1d.loop.tasks import telling
from com1d.telemetry import facts


carried()(ConsoleConfig)
carried()(PortAddress)

LOOK_SECONDS: Final = 2.0
"""How long a start or a reload waits for a new discovery's first look."""

RETRY_SECONDS: Final = 5.0
"""How often a console is tried that could not be started: for want of memory, for example."""


class Population:
    """The configured consoles and the found ones."""

    def __init__(self, site: Site, roster: Roster) -> None:
        """Begin without consoles."""
        self._site = site
        self._roster = roster
        self._config = Config()
        self._aliases: dict[str, str] = {}
        """The configured console that has an alias: no found one can have that name."""
        self._census: Census[ConsoleConfig] = Census(needs)
        self._lookouts: dict[str, Lookout] = {}
        self._left_behind: dict[str, str] = {}
        """Consoles that stay for who is attached though their VMs have gone, and who found them."""
        self._unseen: dict[str, str] = {}
        """Consoles of another process that were not found here yet, and who found them there."""
        self._unmade: dict[str, ConsoleConfig] = {}
        """Consoles that could not be started, which are tried again."""
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self._replaced: dict[str, str] = {}
        """Consoles in whose place another VM is, and that VM's UUID."""
        site.attendance.vacated = self._vacated
        roster.another = self._has_another

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        changes = self._turn.locked() or self._news.is_set()
        return "consoles come or go" if changes else ""

    def found(self) -> Packed:
        """Give the consoles that were found: another process may look too late, or in vain."""
        return {
            name: {"source": one.config.discovered, "config": pack(one.config)}
            for name, one in self._site.consoles.items()
            if one.config.discovered is not None
        }

    def remember(self, packed: Packed) -> None:
        """Serve such consoles of another process. To be called before `configure`.

        Those that another version has described in other words have to be found again.
        """
        for name, each in packed.items():
            with contextlib.suppress(StateRefused):
                self._find(each["source"], name, unpack(each["config"]))
                self._unseen[name] = each["source"]

    async def configure(self, config: Config) -> None:
        """Serve what `config` says. What did not change is left alone.

        A console that cannot be started is told as a fact, and tried again every `RETRY_SECONDS`.
        """
        async with self._turn:
            self._config = config
            self._aliases = {
                alias: one.name for one in config.consoles.values() for alias in one.aliases
            }
            await self._look_out(config)
            await self._settle()

    async def begin_anew(self, names: list[str]) -> None:
        """Begin with consoles that were made while another process had all of them."""
        async with self._turn:
            await self._roster.start_anew(names, self._config.daemon.consoles_dir)

    async def _look_out(self, config: Config) -> None:
        self._census.configure(config.consoles)
        await asyncio.sleep(0)  # with thousands of consoles, that took milliseconds
        wanted = {one.name: one for one in config.discover}
        for name, lookout in tuple(self._lookouts.items()):
            if not _same_place(lookout.config, wanted.get(name)):
                await self._stop(name)
        fresh = [self._start(one) for name, one in wanted.items() if name not in self._lookouts]
        for name, one in wanted.items():
            self._take(name, self._lookouts[name].changed(one, config.daemon))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                for lookout in fresh:
                    await lookout.source.looked.wait()

    async def run(self) -> None:
        """Apply what discoveries tell, until cancelled."""
        task = asyncio.current_task()
        if task is not None:
            task.add_done_callback(telling("a discovery failed"))
        while True:
            try:
                async with asyncio.timeout(RETRY_SECONDS if self._unmade or self._unseen else None):
                    await self._news.wait()
            except TimeoutError:
                self._forget_unseen()
            async with self._turn:
                await self._settle()

    def _forget_unseen(self) -> None:
        """Let go of what a discovery does not find that has looked, and has been quiet since."""
        for name, source in () if self._roster.waits else tuple(self._unseen.items()):
            lookout = self._lookouts.get(source)
            if lookout is None or lookout.sees:
                del self._unseen[name]
                self._lost(source, name) if lookout else self._find(source, name, None)

    async def close(self) -> None:
        """Stop the discoveries. The consoles stay."""
        for name in tuple(self._lookouts):
            lookout = self._lookouts.pop(name)
            await _end(lookout.task)

    def _vacated(self, name: str) -> None:
        """Take note that the last client of a console has left."""
        source = self._left_behind.pop(name, None)
        if source is not None:
            self._find(source, name, None)

    def _has_another(self, name: str, uuid: str) -> None:
        """Take note that a console's VM has given its place to another one."""
        self._replaced[name] = uuid
        self._news.set()

    # -- what is found --------------------------------------------------------------------------

    def _start(self, config: DiscoverConfig) -> Lookout:
        source = self._make(config, partial(self._told, config.name))
        task = asyncio.get_running_loop().create_task(source.run())
        task.add_done_callback(telling("a discovery failed"))
        lookout = self._lookouts[config.name] = Lookout(config, self._config.daemon, source, task)
        return lookout

    def _make(self, config: DiscoverConfig, tell: Callable[[str, Sighting], None]) -> Source:
        """Make what looks. Each way is imported where it is configured: most hosts have one."""
        if config.uri is not None:
            from com1d.daemon.discovery.libvirt import Domains  # noqa: PLC0415

            links = self._config.daemon.runtime_dir / "terminals" / config.name
            return Domains(config.uri, links, tell, config.serial)
        if config.proxmox is not None:
            from com1d.daemon.discovery.proxmox import Node  # noqa: PLC0415

            return Node(config.proxmox, self._site.watcher, tell, config.serial)
        from com1d.daemon.discovery.directory import Directory  # noqa: PLC0415

        return Directory(config.glob or "", self._site.watcher, tell)

    async def _stop(self, name: str) -> None:
        await _end(self._lookouts.pop(name).task)
        for console in self._census.known_by(name):
            self._find(name, console, None)
        for waiting in (self._left_behind, self._unseen):
            for console, source in tuple(waiting.items()):
                if source == name:
                    del waiting[console]

    def _told(self, source: str, key: str, sighting: Sighting) -> None:
        self._take(source, self._lookouts[source].told(key, sighting))

    def _take(self, source: str, changes: Changes) -> None:
        for name, console in changes.items():
            self._unseen.pop(name, None)
            if console is None:
                self._lost(source, name)
                continue
            self._left_behind.pop(name, None)
            owner = self._aliases.get(name)
            if owner is not None:
                console = f"{owner} has this name among its aliases"  # noqa: PLW2901
            self._find(source, name, console)

    def _lost(self, source: str, name: str) -> None:
        """Take note that a VM has gone. Its console stays for who is attached."""
        if self._roster.waits:  # nobody is, as far as is known here
            self._unseen[name] = source
        elif self._is_held(source, name):
            self._left_behind[name] = source
        else:
            self._left_behind.pop(name, None)
            self._find(source, name, None)

    def _is_held(self, source: str, name: str) -> bool:
        console = self._site.consoles.get(name)
        return console is not None and console.config.discovered == source and console.is_attended

    def _find(self, source: str, name: str, console: ConsoleConfig | str | None) -> None:
        self._census.find(source, name, console)
        self._news.set()

    # -- what is done about it ------------------------------------------------------------------

    async def _settle(self) -> None:
        self._news.clear()
        moves = self._census.settle()
        await asyncio.sleep(0)  # that took milliseconds, too
        roster, daemon = self._roster, self._config.daemon
        before = dict(roster.configs(moves.gone))
        again = await self._replace(moves)
        await roster.remove(moves.gone)
        for name in moves.gone:
            self._unmade.pop(name, None)
        wanted = {config.name: config for config in (*self._unmade.values(), *again, *moves.come)}
        uuids, self._replaced = self._replaced, {}
        failed = await roster.add(list(wanted.values()), daemon.consoles_dir, uuids)
        self._replaced |= {one.name: uuids[one.name] for one, _ in failed if one.name in uuids}
        for config, reason in failed:
            if config.name not in self._unmade:
                source = config.discovered or CONFIGURED
                self._site.record(facts.ConsoleRefused(config.name, source, reason))
        self._unmade = {config.name: config for config, _ in failed}
        self._tell(before, moves)
        self._list_unserved(failed)

    def _list_unserved(self, failed: list[tuple[ConsoleConfig, str]]) -> None:
        """Keep the list of VMs that have no console, and why."""
        unserved = self._site.unserved
        unserved.clear()
        for name, source, reason in self._census.refused():
            lookout = self._lookouts.get(source)
            vm = lookout.vm(name) if lookout is not None else None
            unserved[name] = Unserved(name, vm, source, reason)
        for config, reason in failed:
            unserved[config.name] = Unserved(config.name, config.vm, config.discovered, reason)

    async def _replace(self, moves: Moves[ConsoleConfig]) -> list[ConsoleConfig]:
        """End consoles in whose place another VM is; give those that begin anew as they were."""
        consoles, again = self._site.consoles, []
        come = {config.name: config.uuid for config in moves.come if config.uuid}
        for name, uuid in (self._replaced | come).items():
            console = consoles.get(name)
            if console is None or console.identity.uuid in ("", uuid):
                continue
            if name not in moves.gone:
                again.append(console.config)
            self._site.record(facts.ConsoleReplaced(name, console.identity.uuid, uuid or None))
            reason = f"another VM has the name {name} now"
            await self._roster.remove([name], wire.CLOSE_REPLACED, reason, leave=True)
        return again

    def _tell(self, before: Mapping[str, ConsoleConfig], moves: Moves[ConsoleConfig]) -> None:
        record = self._site.record
        for name, config in before.items():
            if config.discovered is not None and name not in self._site.consoles:
                record(facts.ConsoleLost(name, str(config.port), config.discovered))
        for config in moves.come:
            if config.discovered is not None and config.name in self._site.consoles:
                record(facts.ConsoleFound(config.name, str(config.port), config.discovered))
        for name, source, reason in moves.refused:
            record(facts.ConsoleRefused(name, source, reason))


def _same_place(one: DiscoverConfig, other: DiscoverConfig | None) -> bool:
    return other is not None and (one.place, one.serial) == (other.place, other.serial)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
