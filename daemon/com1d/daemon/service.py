"""The composition root: builds everything, runs it, and takes it down in the reverse order."""

import asyncio
import contextlib
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Final

from com1d.access.access import Access, gateways, grants, rules
from com1d.access.peer import Caller, Callers
from com1d.access.switchboard import Switchboard
from com1d.api.events import EventStreams
from com1d.api.facilities import Facilities
from com1d.api.routes import Api
from com1d.audit.audit import Audit
from com1d.audit.file import AuditFile
from com1d.audit.refusals import Refusals
from com1d.bootlog import key as log_key
from com1d.bootlog.library import Library
from com1d.bootlog.sealing import Keyring
from com1d.clients.painting import Painter
from com1d.clients.unfinished import Budget
from com1d.config import Config, DaemonConfig, secret
from com1d.console.admission import judge_again
from com1d.console.console import Console
from com1d.console.roster import Roster
from com1d.core.access.room import has_room
from com1d.daemon import guests_list, reload, systemd
from com1d.daemon.connections import Connections
from com1d.daemon.handover.estate import Estate
from com1d.daemon.handover.predecessor import Predecessor
from com1d.daemon.handover.successor import Successor
from com1d.daemon.population import Population
from com1d.daemon.premises import Premises
from com1d.errors import Com1Error, ConfigError
from com1d.guest.hooks import Hooks
from com1d.loop.clock import now
from com1d.loop.descriptors import raise_descriptor_limit
from com1d.loop.doors import Doors
from com1d.loop.lingering import Lingering
from com1d.loop.listener import group_id
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.loop.ticker import Ticker
from com1d.loop.watch import Watcher
from com1d.ports.places import guest_group
from com1d.sessions.attendance import Attendance
from com1d.telemetry import facts, log, metrics


VERSION: Final = version("com1d")

READY_SECONDS: Final = 5.0
"""How long READY waits for ports that take long to fail, such as a TCP address that is silent."""

STOP_SECONDS: Final = 1.5
"""How long ports may take to close before the daemon exits without them; the whole stop may take 2
s."""


class Service:
    """The daemon."""

    def __init__(
        self, config: Config, path: Path, holds: HoldTimes, successor: Successor | None = None
    ) -> None:
        """Build everything that needs no file system. Call it in the loop; `run` does the rest.

        A `successor` takes over from another process, which has all sockets until then.
        """
        self._successor = successor
        loop = asyncio.get_running_loop()
        self.holds = holds
        holds.watch_tasks(loop)
        self.poller = Poller(loop, holds)
        self.ticker = Ticker(loop, holds, self.poller.glance)
        self.watcher = Watcher(self._inotify_troubled)
        self.doors = Doors(self.poller, self.watcher)
        self.budget = Budget()
        self.attendance = Attendance()
        self.lingering = Lingering(self.poller)
        self.events = EventStreams(self.poller, now, self.attendance, self.lingering)
        self.audit = Audit(
            AuditFile(config.daemon.log_dir, config.daemon.state_dir), now,
            required=config.daemon.audit_required,
        )  # fmt: skip
        self.library = Library(config.daemon.log_dir, record=self.record)
        self.hooks = Hooks(self.record)
        self.board = Switchboard(config.daemon.state_dir, now)
        self.access = Access(config.daemon, self.board)
        self.callers = Callers()
        self.consoles: dict[str, Console] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        """Tasks of clients that are being admitted."""
        self._facilities = self._gather()
        self.roster = Roster(self._facilities)
        self._population = Population(self._facilities, self.roster)
        self.ready = asyncio.Event()
        """Set when all sockets listen and every port was tried."""
        self._refusals = Refusals(self.record)
        self._config = config
        self._started = config.daemon
        self._path = path
        self._api = Api(self._facilities)
        self.connections = Connections(self._facilities, self._api)
        self.premises = Premises(
            self.doors, self.record, self.connections.accept_caller, self.connections.accept_scrape
        )
        self._manager = systemd.Manager()
        self._estate = Estate(
            facilities=self._facilities, connections=self.connections, roster=self.roster,
            refusals=self._refusals, holds=holds,
        )  # fmt: skip
        self._predecessor = Predecessor(self._estate, self._manager)
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()

    def _gather(self) -> Facilities:
        """Make the frozen values that are handed to all other parts."""
        return Facilities(
            poller=self.poller,
            ticker=self.ticker,
            watcher=self.watcher,
            doors=self.doors,
            callers=self.callers,
            access=self.access,
            board=self.board,
            audit=self.audit,
            hooks=self.hooks,
            library=self.library,
            attendance=self.attendance,
            tasks=self.tasks,
            full=self.full,
            full_for=self.full_for,
            record=self.record,
            commit=self.commit,
            consoles=self.consoles,
            budget=self.budget,
            painter=Painter(),
            events=self.events,
            upgrade=self._upgrade,
            lingering=self.lingering,
            daemon_sample=self.daemon_sample,
        )

    @property
    def sessions(self) -> int:
        """Attached sessions of all consoles."""
        return self.attendance.sessions

    def record(self, fact: facts.Fact) -> None:
        """Record a fact for the log, the event stream and the audit."""
        if not self._refusals.passes(fact):
            return
        log.log(fact)
        self.events.publish(fact)
        if fact.audited:
            self.audit.note(fact)

    async def commit(self, fact: facts.Fact) -> None:
        """Record a fact, and wait until the audit has it. Raises `AuditUnavailable`."""
        log.log(fact)
        self.events.publish(fact)
        await self.audit.commit(fact)

    def full(self) -> bool:
        """Whether the bound on clients is reached."""
        return self._clients() >= self._config.daemon.max_clients

    def full_for(self, caller: Caller) -> bool:
        """Whether a user has his share of the clients, or the rest is for owners."""
        most, own = self._config.daemon.max_clients, self.attendance.of(caller.peer.uid)
        others = self._clients() - 1  # he is one of `tasks` himself
        return not has_room(self.access.rank(caller), others, own, most)

    def daemon_sample(self) -> metrics.DaemonSample:
        """Give the daemon's own figures for a scrape."""
        failing = bool(self.audit.failing)
        parts = len(self.premises.troubles)
        return metrics.DaemonSample(VERSION, self._clients(), self.holds.sample(), failing, parts)

    def _clients(self) -> int:
        return self.sessions + len(self.connections) + len(self.events) + len(self.tasks)

    def stop(self) -> None:
        """Ask `run` to come to its end, as SIGTERM does."""
        self._stop.set()

    # -- running ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)
        try:
            works = (self.watcher.run(), self.doors.run(), self._population.run())
            helpers = [loop.create_task(work) for work in works]
            try:
                await (self._start() if self._successor is None else self._succeed(self._successor))
                await self._serve()
            finally:
                await self._shut_down()
                await self.audit.close()
                for helper in helpers:
                    helper.cancel()
                await asyncio.wait(helpers)
        finally:
            self.watcher.close()
            self.ticker.close()
            self.poller.close()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)
            loop.set_task_factory(None)

    async def _start(self) -> None:
        daemon = self._config.daemon
        await self._prepare(daemon)
        self.premises.demand(daemon)
        await self._load_keys()
        self.audit.start()
        if damage := await self.board.load():
            self.record(facts.SwitchesDamaged(damage))
        self._tell_rules(frozenset(), rules(self._config))
        await self._open_library(self._config)
        await self._list_guests()
        await self._population.configure(self._config)
        self.premises.open(daemon)
        await self._ports_tried()
        count, up = len(self.consoles), self.roster.up
        self.record(facts.DaemonStarted(VERSION, count, up, str(daemon.api_socket)))
        self._manager.notify(READY="1", STATUS=self._status())
        self.ready.set()

    async def _prepare(self, daemon: DaemonConfig) -> None:
        """Look up what the configuration names, and touch nothing."""
        raise_descriptor_limit()
        self.doors.group = await asyncio.to_thread(group_id, daemon.socket_group)
        await self._judge_by(self._config)
        self.roster.guest_group = await asyncio.to_thread(guest_group, daemon.guest_group)
        self.hooks.configure(self._config.hooks)

    async def _succeed(self, successor: Successor) -> None:
        """Take over from another process, or end without having touched anything."""
        try:
            fresh, before, keyring = await self._take_over(successor)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other process goes on
            successor.give_up(f"{type(error).__name__}: {error}")
        self._bound_logs(self._config)
        self.library.go_on(keyring)
        self._estate.go_on(fresh)
        self._manager.notify(READY="1", STATUS=self._status())
        self.audit.start()
        self._tell_rules(frozenset(successor.hello["rules"]), rules(self._config))
        self.record(
            facts.DaemonUpgraded(
                VERSION, before, len(self.consoles), self.roster.up, self._clients(),
                round(successor.seconds, 4),
            )
        )  # fmt: skip
        self.connections.answer_askers(successor.seconds, VERSION)
        await self.roster.start_anew(fresh, self._config.daemon.consoles_dir)
        await self._list_guests()
        self.ready.set()

    async def _take_over(self, successor: Successor) -> tuple[list[str], str, Keyring]:
        daemon = self._config.daemon
        self.doors.waits = self.roster.waits = True
        await self._prepare(daemon)
        await self._load_keys()
        keyring = await asyncio.to_thread(log_key.load, self._config, self._path)
        self._population.remember(successor.hello["left"])
        await self._population.configure(self._config)
        self.premises.open(daemon)
        return *successor.take_over(self._estate, VERSION), keyring

    async def _upgrade(self) -> None:
        hello = {"left": self._population.left_behind(), "rules": sorted(rules(self._config))}
        await self._predecessor.upgrade(hello)

    async def _load_keys(self) -> None:
        """Seal the audit. A key that others could read is taken from them first, and told."""
        tightened = [await asyncio.to_thread(secret.tighten, self._config, k) for k in secret.KEYS]
        audit_key = await asyncio.to_thread(secret.load, self._config, "audit_key", self._path)
        self.audit.seal_with(audit_key or b"")
        for setting, found in zip(secret.KEYS, tightened, strict=True):
            if found is not None:
                path, mode = found
                self.record(facts.KeyTightened(setting, path, f"{mode:04o}"))

    async def _list_guests(self) -> None:
        """Have the FIFOs of VMs made at the next boot of the host, whatever happens to us."""
        config = self._config
        try:
            await asyncio.to_thread(guests_list.write, config, self.roster.guest_group)
        except OSError as error:
            path = config.daemon.state_dir / guests_list.NAME
            self.record(facts.GuestsUnlisted(str(path), error.strerror or str(error)))

    async def _ports_tried(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                await self.roster.tried()

    async def _serve(self) -> None:
        pulse = asyncio.create_task(self._manager.pulse(self._look))
        try:
            while not self._stop.is_set():
                stop = asyncio.create_task(self._stop.wait())
                again = asyncio.create_task(self._reload.wait())
                await asyncio.wait((stop, again), return_when=asyncio.FIRST_COMPLETED)
                stop.cancel()
                again.cancel()
                if self._reload.is_set() and not self._stop.is_set():
                    self._reload.clear()
                    await self._apply_new_config()
        finally:
            pulse.cancel()

    def _look(self) -> str:
        """Look after what no event tells of; give the status."""
        self.premises.look_after(self._config.daemon)
        return self._status()

    def _status(self) -> str:
        status = f"{self.roster.up} of {len(self.consoles)} ports up, {self.sessions} sessions"
        troubles = self.premises.troubles.items()
        return status + "".join(f"; {part}: {trouble}" for part, trouble in troubles)

    def _inotify_troubled(self, trouble: str) -> None:
        self.premises.teller("inotify")(trouble)

    async def _shut_down(self) -> None:
        self._manager.notify(STOPPING="1")
        clients = self._clients()
        self.premises.close()
        for task in tuple(self.tasks):
            task.cancel()
        self.events.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._population.close()
                await self.roster.remove(list(self.consoles))
        self.doors.close()
        await self._api.close()
        self.connections.close()
        self.lingering.close()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.library.close()
        await self.hooks.close()
        self._refusals.close()
        self.callers.close()
        self.record(facts.DaemonStopped(clients))

    # -- configuration ----------------------------------------------------------------------

    async def _apply_new_config(self) -> None:
        self._manager.notify_reloading()
        try:
            fresh = await reload.read(self._path)
            await self._open_library(fresh)
            await self._switch_to(fresh)
        except ConfigError as error:
            self.record(facts.ConfigRefused(tuple(map(str, error.problems))))
        except (Com1Error, OSError, KeyError) as error:
            self.record(facts.ConfigRefused((str(error),)))
        self._manager.notify(READY="1", STATUS=self._status())

    async def _switch_to(self, wanted: Config) -> None:
        group = await asyncio.to_thread(group_id, wanted.daemon.socket_group)
        fresh, restart = reload.in_force(wanted, self._started)
        before, after = self._config.consoles, fresh.consoles
        rules_before = rules(self._config)
        removed = [name for name in before if name not in after]
        changed = [name for name in before if name in after and before[name] != after[name]]
        added = [name for name in after if name not in before]
        self._config = fresh
        self.hooks.configure(fresh.hooks)
        self.audit.required = fresh.daemon.audit_required
        await self._judge_by(fresh)
        self._tell_rules(rules_before, rules(fresh))
        await judge_again(self._facilities)
        self._api.judge_again()
        await self._list_guests()
        await self.premises.change(fresh.daemon, group)
        await self._population.configure(fresh)
        await self.library.release()
        self.record(facts.ConfigReloaded(len(added), len(removed), len(changed), restart or None))

    async def _open_library(self, config: Config) -> None:
        """Find the logs, before the first console that keeps one. Raises `Com1Error`."""
        keyring = await asyncio.to_thread(log_key.load, config, self._path)
        self._bound_logs(config)
        keeps = any(one.log_size for one in config.consoles.values()) or config.discover
        if self.library.is_open or not keeps:
            return
        await self.library.open(keyring)

    def _bound_logs(self, config: Config) -> None:
        self.library.set_total(config.daemon.log_total)
        self.library.keep = config.daemon.log_keep

    async def _judge_by(self, config: Config) -> None:
        """Resolve the names of users and groups in the configuration."""
        granted = await asyncio.to_thread(grants, config.roles)
        speakers = await asyncio.to_thread(gateways, config.gateways)
        self.access.update(config.daemon, granted, speakers)

    def _tell_rules(self, before: frozenset[str], after: frozenset[str]) -> None:
        if before != after:
            added, removed = sorted(after - before), sorted(before - after)
            self.record(facts.RolesInForce(tuple(added), tuple(removed)))
