"""The composition root: builds everything, runs it, and takes it down in the reverse order."""

import asyncio
import contextlib
import resource
import signal
import socket
from importlib.metadata import version
from pathlib import Path
from typing import Final

from com1d import wire
from com1d.access import access
from com1d.access.peer import Caller, Callers
from com1d.access.switchboard import Switchboard
from com1d.api.events import EventStreams
from com1d.api.http import HttpConnection, refusal
from com1d.api.routes import Api
from com1d.audit.audit import Audit
from com1d.audit.file import AuditFile
from com1d.bootlog import key as log_key
from com1d.bootlog.library import Library
from com1d.clients.painting import Painter
from com1d.clients.websocket import Budget
from com1d.config import Config
from com1d.console.admission import NEEDED
from com1d.console.roster import Roster
from com1d.daemon import guests_list, reload, systemd
from com1d.daemon.population import Population
from com1d.errors import (
    BootDiagnosticsRequired,
    Com1Error,
    ConfigError,
    Problem,
    TooManyClients,
)
from com1d.guest.hooks import Hooks
from com1d.loop.clock import now
from com1d.loop.listener import (
    Listener,
    bind_tcp,
    bind_unix,
    group_id,
    hide_directory,
    make_directory,
)
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.loop.ticker import Ticker
from com1d.loop.watch import Watcher
from com1d.ports.places import guest_group
from com1d.telemetry import facts, log, metrics


VERSION: Final = version("com1d")

READY_SECONDS: Final = 5.0
"""How long READY waits for ports that take long to say no, such as a TCP address that is silent."""

STOP_SECONDS: Final = 1.5
"""How long ports may take to close before the daemon goes without them: promised are 2 s in all."""

STATUS_SECONDS: Final = 10.0
"""Between two STATUS lines for the service manager."""


class Service:
    """The daemon."""

    def __init__(self, config: Config, path: Path, holds: HoldTimes) -> None:
        """Build what needs no file system. To be called in the loop; `run` does the rest."""
        loop = asyncio.get_running_loop()
        self.holds = holds
        holds.watch_tasks(loop)
        self.poller = Poller(loop, holds)
        self.ticker = Ticker(loop, holds, self.poller.glance)
        self.watcher = Watcher()
        self.callers = Callers()
        self.budget = Budget()
        self.painter = Painter()
        self.events = EventStreams(self.poller, now)
        self.audit = Audit(
            AuditFile(config.daemon.log_dir, config.daemon.state_dir), now,
            required=config.daemon.audit_required,
        )  # fmt: skip
        self.library = Library(config.daemon.log_dir, record=self.record)
        self.hooks = Hooks(self.record)
        self.board = Switchboard(config.daemon.state_dir, now)
        self.access = access.Access((), config.daemon, self.board)
        self.roster = Roster(self)
        self.consoles = self.roster.consoles
        self._population = Population(self)
        self.tasks: set[asyncio.Task[None]] = set()
        self.sessions = 0
        """Attached sessions of all consoles."""
        self.ready = asyncio.Event()
        """Set when all sockets listen and every port was tried."""
        self._config = config
        self._path = path
        self._api = Api(self)
        self._listeners: list[Listener] = []
        self._connections: set[HttpConnection] = set()
        self._manager = systemd.Manager()
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()

    def record(self, fact: facts.Fact) -> None:
        """Tell the log, the event stream and the audit what happened."""
        log.log(fact)
        self.events.publish(fact)
        if fact.audited:
            self.audit.note(fact)

    async def commit(self, fact: facts.Fact) -> None:
        """Do as `record`, and wait for the audit. Raises `AuditUnavailable`."""
        log.log(fact)
        self.events.publish(fact)
        await self.audit.commit(fact)

    def full(self) -> bool:
        """Whether the bound on clients is reached."""
        return self._clients() >= self._config.daemon.max_clients

    def daemon_sample(self) -> metrics.DaemonSample:
        """Give the daemon's own figures for a scrape."""
        failing = bool(self.audit.failing)
        return metrics.DaemonSample(VERSION, self._clients(), self.holds.sample(), failing)

    def _clients(self) -> int:
        return self.sessions + len(self._connections) + len(self.events) + len(self.tasks)

    def vacated(self, console: str) -> None:
        """Take note that the last client of a console has left."""
        self._population.vacated(console)

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
            works = (self.watcher.run(), self.audit.run(), self._population.run())
            helpers = [loop.create_task(work) for work in works]
            try:
                await self._start()
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
        _raise_descriptor_limit()
        daemon = self._config.daemon
        if damage := await self.board.load():
            self.record(facts.SwitchesDamaged(damage))
        self.access = await self._judge_by(self._config)
        self._tell_rules(frozenset(), access.rules(self._config))
        self._group = await asyncio.to_thread(group_id, daemon.socket_group)
        self.roster.guest_group = await asyncio.to_thread(guest_group, daemon.guest_group)
        await self._open_library(self._config)
        self.hooks.configure(self._config.hooks)
        folder = daemon.runtime_dir
        make_directory(folder)
        hide_directory(daemon.consoles_dir, self._group)
        await self._list_guests()
        await self._population.configure(self._config, self._group)
        api = bind_unix(daemon.api_socket, self._group)
        self._listeners.append(Listener(api, self.poller, self._accept_api))
        if daemon.metrics is not None:
            scrapes = bind_tcp(*daemon.metrics)
            self._listeners.append(Listener(scrapes, self.poller, self._accept_scrape))
        await self._ports_tried()
        count, up = len(self.consoles), self.roster.up
        self.record(facts.DaemonStarted(VERSION, count, up, str(daemon.api_socket)))
        self._manager.notify(READY="1", STATUS=self._status())
        self.ready.set()

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
        pulse = asyncio.create_task(self._pulse())
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

    async def _pulse(self) -> None:
        """Show the service manager that the loop turns, and what it serves."""
        interval = min(self._manager.watchdog or STATUS_SECONDS, STATUS_SECONDS)
        while True:
            await asyncio.sleep(interval)
            self._manager.notify(WATCHDOG="1", STATUS=self._status())

    def _status(self) -> str:
        return f"{self.roster.up} of {len(self.consoles)} ports up, {self.sessions} sessions"

    async def _shut_down(self) -> None:
        self._manager.notify(STOPPING="1")
        clients = self._clients()
        for listener in self._listeners:
            listener.close()
        for task in tuple(self.tasks):
            task.cancel()
        self.events.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._population.close()
                await self.roster.remove(list(self.consoles))
        for connection in tuple(self._connections):
            connection.close()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.library.close()
        await self.hooks.close()
        self.record(facts.DaemonStopped(clients))

    # -- configuration ----------------------------------------------------------------------

    async def _apply_new_config(self) -> None:
        self._manager.notify(RELOADING="1", MONOTONIC_USEC=str(_monotonic_usec()))
        try:
            fresh = await reload.read(self._path)
            await self._open_library(fresh)
        except ConfigError as error:
            self.record(facts.ConfigRefused(tuple(map(str, error.problems))))
        except Com1Error as error:
            self.record(facts.ConfigRefused((str(error),)))
        else:
            await self._switch_to(fresh)
        self._manager.notify(READY="1", STATUS=self._status())

    async def _switch_to(self, fresh: Config) -> None:
        before, after = self._config.consoles, fresh.consoles
        rules_before = access.rules(self._config)
        removed = [name for name in before if name not in after]
        changed = [name for name in before if name in after and before[name] != after[name]]
        added = [name for name in after if name not in before]
        self._config = fresh
        self.hooks.configure(fresh.hooks)
        self.audit.required = fresh.daemon.audit_required
        self.access = await self._judge_by(fresh)
        self._tell_rules(rules_before, access.rules(fresh))
        await self._judge_sessions_again()
        await self._list_guests()
        await self._population.configure(fresh, self._group)
        await self.library.release()
        self.record(facts.ConfigReloaded(len(added), len(removed), len(changed)))

    async def _open_library(self, config: Config) -> None:
        """Find the logs, before the first console that keeps one. Raises `Com1Error`."""
        keyring = await asyncio.to_thread(log_key.load, config, self._path)
        self.library.set_total(config.daemon.log_total)
        self.library.keep = config.daemon.log_keep
        keeps = any(one.log_size for one in config.consoles.values()) or config.discover
        if self.library.is_open or not keeps:
            return
        await self.library.open(keyring)

    async def _judge_by(self, config: Config) -> access.Access:
        """Look up who is meant by the names in the configuration."""
        grants = await asyncio.to_thread(access.grants, config.roles)
        gateways = await asyncio.to_thread(access.gateways, config.gateways)
        return access.Access(grants, config.daemon, self.board, gateways, self.roster.sets)

    def _tell_rules(self, before: frozenset[str], after: frozenset[str]) -> None:
        if before != after:
            added, removed = sorted(after - before), sorted(before - after)
            self.record(facts.RolesInForce(tuple(added), tuple(removed)))

    async def _judge_sessions_again(self) -> None:
        """Send those away who would not be let in any more, a console at a time."""
        for console in tuple(self.consoles.values()):
            for reader in console.seating.readers():
                try:
                    self.access.demand(
                        reader.caller, console.name, NEEDED[reader.wanted], console.config
                    )
                except BootDiagnosticsRequired as problem:
                    reader.dismiss(wire.CLOSE_DISABLED, problem.detail)
                except Problem:
                    reader.dismiss(wire.CLOSE_FORBIDDEN, "your role on this console was taken away")
            await asyncio.sleep(0)

    # -- the API's connections --------------------------------------------------------------

    def _accept_api(self, sock: socket.socket) -> None:
        if self._turned_away(sock):
            return
        task = asyncio.get_running_loop().create_task(self._identify(sock))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _identify(self, sock: socket.socket) -> None:
        try:
            caller = await self.callers.identify(sock)
        except BaseException:
            sock.close()
            raise
        self._connect(sock, caller)

    def _accept_scrape(self, sock: socket.socket) -> None:
        if not self._turned_away(sock):
            self._connect(sock, None)

    def _connect(self, sock: socket.socket, caller: Caller | None) -> None:
        self._connections.add(
            HttpConnection(
                sock,
                caller,
                self._api,
                self.poller,
                failed=lambda request, error: self.record(
                    facts.RequestFailed(request, f"{type(error).__name__}: {error}")
                ),
                gone=self._connections.discard,
            )
        )

    def _turned_away(self, sock: socket.socket) -> bool:
        if not self.full():
            return False
        with contextlib.suppress(OSError):
            sock.send(refusal(TooManyClients()))
        sock.close()
        return True


def _monotonic_usec() -> int:
    return int(asyncio.get_running_loop().time() * 1e6)


def _raise_descriptor_limit() -> None:
    """Take all the descriptors that we may have: a console with a client needs about five."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
