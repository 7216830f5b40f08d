"""The configuration in force: carried out at the start, and changed by reloads."""

import asyncio
from pathlib import Path
from typing import Final

from com1d.access.access import gateways, grants, rules
from com1d.api.api import Api
from com1d.api.facilities import Facilities
from com1d.bootlog import key as log_key
from com1d.bootlog.sealing import Keyring
from com1d.config import Config, DaemonConfig, secret
from com1d.console.admission import judge_again
from com1d.console.roster import Roster
from com1d.core.access.policy import Grant
from com1d.daemon import groups, guests_list, reload
from com1d.daemon.changes import Changes, between
from com1d.daemon.groups import Groups
from com1d.daemon.population import Population
from com1d.daemon.premises import Premises
from com1d.errors import Com1Error, ConfigError, ConfigProblem
from com1d.mistakes import reason_of
from com1d.telemetry import facts


UNSAFE: Final = "directories"
"""The part that fails where others may write to a directory of the daemon's."""


class InForce:
    """What the daemon serves, and by which rules."""

    def __init__(
        self,
        config: Config,
        path: Path,
        house: Facilities,
        api: Api,
        population: Population,
        roster: Roster,
        premises: Premises,
    ) -> None:
        """Begin with `config`, which was read from `path`; `serve` carries it out."""
        self.config = config
        self._started = config.daemon
        self._path = path
        self._house = house
        self._api = api
        self._population = population
        self._roster = roster
        self._premises = premises

    async def prepare(self) -> None:
        """Look up groups and keys, and make directories.

        Raises `Com1Error` where it is not safe to start.
        """
        await self._look_groups_up()
        self._premises.demand(self.config.daemon)
        await self._load_keys()

    async def _look_groups_up(self) -> None:
        found = await self._find_groups(self.config.daemon)
        self._house.doors.group, self._roster.guest_group = found.sockets, found.guests

    async def serve(self) -> None:
        """Let the rules hold and start the consoles, with their logs."""
        config = self.config
        await self._let_rules_hold()
        self._tell_rules(tuple(sorted(rules(config))), ())
        await self._open_library(config)
        await self._list_guests()
        await self._population.configure(config)

    async def _let_rules_hold(self) -> None:
        config, house = self.config, self._house
        house.log.level = config.daemon.log_level
        granted, speakers = await self._judges(config)
        house.access.update(config.daemon, granted, speakers)
        house.hooks.configure(config.hooks)

    async def prepare_beside(self) -> Keyring:
        """Make all consoles and doors while another process has them; give the key of the logs.

        Nothing of the other process is touched.
        """
        config, library = self.config, self._house.library
        await self._look_groups_up()
        await self._load_keys()
        await self._let_rules_hold()
        library.set_total(config.daemon.log_total)
        library.keep = config.daemon.log_keep
        await self._population.configure(config)
        self._premises.open(config.daemon)
        return await asyncio.to_thread(log_key.load, config, self._path)

    async def go_on(self, fresh: list[str], before: frozenset[str]) -> None:
        """Do the rest once the other process has ended: `fresh` are consoles that it had not.

        `before` are the rules that it had in force.
        """
        now = rules(self.config)
        self._tell_rules(tuple(sorted(now - before)), tuple(sorted(before - now)))
        await self._population.begin_anew(fresh)
        await self._list_guests()

    async def keep(self) -> None:
        """Look after what can be missing: directories, groups."""
        daemon = self.config.daemon
        try:
            self._premises.keep_directories(daemon)
        except Com1Error as error:  # others may write there since; it is told by whoever writes
            self._premises.teller(UNSAFE)(str(error))
        if any(key in self._premises.troubles for key in groups.SETTINGS):
            await self._use_groups(await self._find_groups(daemon))

    async def change(self) -> Changes:
        """Put the configuration on the disk in force, or leave all as it is.

        What can be wrong with it is found before the first step. Raises `ConfigError` with all
        that is wrong.
        """
        try:
            return await self.switch_to(await reload.read(self._path))
        except ConfigError:
            raise
        except Exception as error:
            text = str(error) if isinstance(error, OSError) else reason_of(error)
            raise ConfigError([ConfigProblem(str(self._path), "", "", text)]) from error

    async def switch_to(self, wanted: Config) -> Changes:
        """Put a configuration in force. After `Com1Error` and `OSError` nothing was done."""
        await asyncio.to_thread(log_key.load, wanted, self._path)
        await asyncio.to_thread(secret.load, wanted, "audit_key", self._path)
        fresh, restart = reload.in_force(wanted, self._started)
        found = await self._demand_groups(fresh.daemon)
        granted, speakers = await self._judges(fresh)
        await self._open_library(fresh)
        changes = between(self.config, fresh, restart)
        house, self.config = self._house, fresh
        house.log.level = fresh.daemon.log_level
        house.hooks.configure(fresh.hooks)
        house.audit.required = fresh.daemon.audit_required
        house.access.update(fresh.daemon, granted, speakers)
        self._tell_rules(changes.granted, changes.revoked)
        await judge_again(house)
        self._api.judge_again()
        await self._use_groups(found)
        await self._list_guests()
        await self._population.configure(fresh)
        await house.library.release()
        counts = len(changes.added), len(changes.removed), len(changes.changed)
        house.record(facts.ConfigReloaded(*counts, restart or None))
        return changes

    async def _find_groups(self, daemon: DaemonConfig) -> Groups:
        """Look the groups up, and tell of those that this host does not have."""
        found = await asyncio.to_thread(groups.find, daemon)
        for key in groups.SETTINGS:
            trouble = found.missing.get(key, "")
            if trouble != self._premises.troubles.get(key, ""):
                self._premises.teller(key)(trouble)
        return found

    async def _demand_groups(self, daemon: DaemonConfig) -> Groups:
        """Look the groups up. Raises `ConfigError` for one that is new and not there."""
        found = await asyncio.to_thread(groups.find, daemon)
        problems = [
            ConfigProblem(str(self._path), f"daemon.{key}", getattr(daemon, key) or "", trouble)
            for key, trouble in found.missing.items()
            if getattr(daemon, key) != getattr(self.config.daemon, key)
        ]
        if problems:
            raise ConfigError(problems)
        return found

    async def _use_groups(self, found: Groups) -> None:
        await self._premises.change(self.config.daemon, found.sockets)
        await self._roster.regroup(found.guests)

    async def _judges(self, config: Config) -> tuple[tuple[Grant, ...], frozenset[int]]:
        """Resolve the names of users and groups that have roles, and of gateways."""
        granted = await asyncio.to_thread(grants, config.roles)
        return granted, await asyncio.to_thread(gateways, config.gateways)

    def _tell_rules(self, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
        if added or removed:
            self._house.record(facts.RolesInForce(added, removed))

    async def _load_keys(self) -> None:
        """Seal the audit. A key that others could read is taken from them first, and told."""
        tightened = [await asyncio.to_thread(secret.tighten, self.config, k) for k in secret.KEYS]
        audit_key = await asyncio.to_thread(secret.load, self.config, "audit_key", self._path)
        self._house.audit.seal_with(audit_key or b"")
        for setting, found in zip(secret.KEYS, tightened, strict=True):
            if found is not None:
                path, mode = found
                self._house.record(facts.KeyTightened(setting, path, f"{mode:04o}"))

    async def _open_library(self, config: Config) -> None:
        """Find the logs, before the first console that keeps one. Raises `Com1Error`."""
        library = self._house.library
        keyring = await asyncio.to_thread(log_key.load, config, self._path)
        library.set_total(config.daemon.log_total)
        library.keep = config.daemon.log_keep
        keeps = any(one.log_size for one in config.consoles.values()) or config.discover
        if keeps and not library.is_open:
            await library.open(keyring)

    async def _list_guests(self) -> None:
        """Have the FIFOs of VMs made at the next boot of the host, whatever happens to us."""
        config = self.config
        try:
            await asyncio.to_thread(guests_list.write, config, self._roster.guest_group)
        except OSError as error:
            path = config.daemon.state_dir / guests_list.NAME
            self._house.record(facts.GuestsUnlisted(str(path), error.strerror or str(error)))
