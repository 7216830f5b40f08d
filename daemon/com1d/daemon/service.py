"""The composition root: builds everything, runs it, and takes it down in the reverse order."""

import asyncio
import contextlib
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from com1d import VERSION
from com1d.access.access import Access, rules
from com1d.access.peer import Caller, Callers
from com1d.access.switchboard import Switchboard
from com1d.api.answers.log_requests import READERS
from com1d.api.api import Api
from com1d.api.events import EventStreams
from com1d.api.facilities import Facilities
from com1d.api.quota import Quota
from com1d.api.works import Works
from com1d.audit.audit import Audit
from com1d.audit.file import AuditFile
from com1d.bootlog.library import Library
from com1d.clients.painting import Painter
from com1d.clients.unfinished import Budget
from com1d.config import Config
from com1d.console.console import Console
from com1d.console.roster import Roster
from com1d.core.access.room import has_room
from com1d.daemon import fd_store, systemd
from com1d.daemon.chronicle import Chronicle
from com1d.daemon.connections import Connections
from com1d.daemon.fd_store import room_for_a_restart
from com1d.daemon.gauges import Gauges
from com1d.daemon.handover import keepsake
from com1d.daemon.handover.estate import Estate
from com1d.daemon.handover.keepsake import Keepsake
from com1d.daemon.handover.predecessor import Predecessor
from com1d.daemon.handover.remains import Remains
from com1d.daemon.handover.successor import Successor
from com1d.daemon.in_force import InForce
from com1d.daemon.population import Population
from com1d.daemon.premises import Premises
from com1d.daemon.upkeep import Upkeep
from com1d.errors import Busy, ConfigError, ConfigRefused, Problem, StateRefused, UpgradeFailed
from com1d.guest.hooks import Hooks
from com1d.guest.looks import Looks
from com1d.loop.clock import now
from com1d.loop.collector import resting, sparing
from com1d.loop.descriptors import raise_descriptor_limit
from com1d.loop.doors import Doors
from com1d.loop.lingering import Lingering
from com1d.loop.memory import lock
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.loop.ticker import Ticker
from com1d.loop.vault import Vault
from com1d.loop.watch import Watcher
from com1d.mistakes import reason_of
from com1d.sessions.attendance import Attendance
from com1d.telemetry import facts
from com1d.telemetry.departed import Departed


READY_SECONDS: Final = 5.0
"""How long READY waits for ports that take long to fail, such as a TCP address that is silent."""

RESTART_SECONDS: Final = 4.0
"""How long is waited at a restart for what cannot be handed over; then it is cut short."""

STOP_SECONDS: Final = 1.5
"""How long ports may take to close before the daemon exits without them; the whole stop may take 2
s."""


class Service:
    """The daemon."""

    def __init__(
        self,
        config: Config,
        path: Path,
        holds: HoldTimes,
        successor: Successor | None = None,
    ) -> None:
        """Build everything that needs no file system. Call it in the loop; `run` does the rest.

        A `successor` takes over from another process, which has all sockets until then.
        """
        self._successor = successor
        loop = asyncio.get_running_loop()
        self.holds = holds
        self.chronicle = Chronicle()
        self.record = self.chronicle.record
        holds.watch(loop)
        self.poller = Poller(loop, holds)
        self.ticker = Ticker(loop, holds, self.poller.glance)
        self.watcher = Watcher(self._inotify_troubled)
        self._manager = systemd.Manager()
        self.vault = Vault(self._manager.address, self._vault_troubled)
        self.doors = Doors(self.poller, self.watcher, self.vault)
        self.budget = Budget()
        self.attendance = Attendance()
        self.lingering = Lingering(self.poller)
        self.events = EventStreams(self.poller, now, self.attendance, self.lingering)
        self.audit = Audit(
            AuditFile(config.daemon.log_dir, config.daemon.state_dir), now, self.chronicle.tell,
            required=config.daemon.audit_required,
        )  # fmt: skip
        self.chronicle.begin(self.events, self.audit)
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
        self.upkeep = Upkeep(self._facilities, holds, self.chronicle.log)
        self._population = Population(self._facilities, self.roster)
        self.ready = asyncio.Event()
        """Set when all sockets listen and every port was tried."""
        self._api = Api(self._facilities)
        self.connections = Connections(self._facilities, self._api, self.chronicle.note_failure)
        self.premises = Premises(
            self.doors, self.record, self.connections.accept_caller, self.connections.accept_scrape
        )
        self.in_force = InForce(
            config, path, self._facilities, self._api, self._population, self.roster, self.premises
        )
        self.gauges = Gauges(
            VERSION, holds, self.chronicle.tally, self.attendance, self.events, self.audit,
            self.consoles, self.connections, self._facilities.unserved, self.premises, self.upkeep,
        )  # fmt: skip
        self._look_for_leavings(config.daemon.state_dir)
        self.estate = Estate(
            facilities=self._facilities, connections=self.connections, roster=self.roster,
            population=self._population, refusals=self.chronicle.refusals, holds=holds,
            tally=self.chronicle.tally, upkeep=self.upkeep,
        )  # fmt: skip
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        self._turn = asyncio.Lock()
        """For a change of all that is served: the start, a reload, or another process."""
        self._predecessor = Predecessor(
            self.estate, self._manager, turn=self._turn, stop=self._stop, reload=self._reload
        )
        self._asked: list[asyncio.Future[dict[str, Any]]] = []
        """Those who wait for what the next reload says."""

    def _look_for_leavings(self, state_dir: Path) -> None:
        """Take what the service manager has made for us, and what an earlier process has left."""
        fds = self.vault.receive(fd_store.received())
        self.doors.given.path = self._manager.lent
        if fds.has(fd_store.SOCKET):
            self.doors.given.receive(fds.take(fd_store.SOCKET))
            self._manager.lent = self.doors.given.path
        self._keepsake: Keepsake | None = None
        self._remains: Remains | None = None
        if fds.has(keepsake.STATE):
            self._keepsake = Keepsake(fds, self.vault, self._manager.environment)
        elif fds.all():
            self._remains = Remains(fds, self.vault, state_dir)

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
            looks=Looks(asyncio.get_running_loop(), self.holds),
            library=self.library,
            attendance=self.attendance,
            tasks=self.tasks,
            full=self.full,
            full_for=self.full_for,
            record=self.record,
            commit=self.chronicle.commit,
            consoles=self.consoles,
            vault=self.vault,
            budget=self.budget,
            painter=Painter(),
            events=self.events,
            works=Works(self.chronicle.note_failure),
            log_readers=Quota(READERS, "logs"),
            upgrade=self._upgrade,
            lingering=self.lingering,
            reload=self.reload,
            log=self.chronicle.log,
            departed=Departed(),
            daemon_sample=lambda: self.gauges.sample(),  # noqa: PLW0108 - it is made later
            service_level=lambda window: self.upkeep.over(window),  # noqa: PLW0108 - made later
            named_consoles=lambda: self.in_force.config.daemon.metrics_consoles,
        )

    @property
    def sessions(self) -> int:
        """Attached sessions of all consoles."""
        return self.attendance.sessions

    def full(self) -> bool:
        """Whether the bound on clients is reached."""
        return self._clients() >= self.in_force.config.daemon.max_clients

    def full_for(self, caller: Caller) -> bool:
        """Whether a user has his share of the clients, or the rest is for owners."""
        most = self.in_force.config.daemon.max_clients
        own = self.attendance.of(caller.peer.uid)
        others = self._clients() - 1  # he is one of `tasks` himself
        return not has_room(self.access.rank(caller), others, own, most)

    def _clients(self) -> int:
        return self.sessions + len(self.connections) + len(self.events) + len(self.tasks)

    def stop(self) -> None:
        """Ask `run` to come to its end, as SIGTERM does."""
        self._stop.set()

    # -- running ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        lock()
        with sparing():
            await self._run()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)
        try:
            works = (
                self.watcher.run(), self.doors.run(), self._population.run(), self.upkeep.run(),
            )  # fmt: skip
            helpers = [loop.create_task(work) for work in works]
            try:
                async with self._turn:
                    await self._begin()
                await self._serve()
                await self._leave_if_restarted()
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
        raise_descriptor_limit()
        config = self.in_force.config
        remains = self._remains
        if remains is not None:
            self.doors.left, self.roster.left = remains.fds, remains
        await self.in_force.prepare()
        self.audit.start()
        if damage := await self.board.load():
            self.record(facts.SwitchesDamaged(damage))
        await self.in_force.serve()
        self.premises.open(config.daemon)
        if remains is not None:
            self._gone_on(remains)
        await self._ports_tried()
        count, up = len(self.consoles), self.roster.up
        self.record(facts.DaemonStarted(VERSION, count, up, str(config.daemon.api_socket)))
        self._manager.notify(READY="1", STATUS=self._status())
        self.ready.set()

    def _gone_on(self, remains: Remains) -> None:
        """Finish what a killed process has left, and tell of it."""
        self.roster.left = None
        remains.close(self.lingering)
        for damage in remains.damaged:
            self.record(facts.StateUnread(damage))
        self.record(facts.DaemonRecovered(VERSION, remains.consoles, remains.clients, remains.lost))

    async def _begin(self) -> None:
        """Start, or take over from another process, which lives or has left what it had."""
        if self._successor is not None:
            try:
                await self.library.prepare()
                await self._take_over(self._successor)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other process goes on
                self._successor.give_up(reason_of(error))
        elif self._keepsake is not None:
            try:
                await self._take_over(self._keepsake)
            except Exception as error:  # noqa: BLE001 - whatever it is, the guests are served
                self.record(facts.StateUnread(reason_of(error)))
                fd = self.doors.given.fd
                given = {} if fd is None else {fd_store.SOCKET: fd}
                state_dir = self.in_force.config.daemon.state_dir
                self._keepsake.give_up(state_dir, given, self._manager.store)
        else:
            await self._start()

    async def _take_over(self, other: Successor | Keepsake) -> None:
        raise_descriptor_limit()
        self.doors.waits = self.roster.waits = True
        self._population.remember(other.hello["left"])
        keyring = await self.in_force.prepare_beside()
        fresh, before, _at = other.take_over(self.estate, VERSION)
        self.library.go_on(keyring)
        with resting():
            self.estate.go_on(fresh)
        self.doors.given.close()
        self._manager.notify(READY="1", STATUS=self._status())
        self.audit.start()
        self.record(
            facts.DaemonUpgraded(
                VERSION, before, len(self.consoles), self.roster.up, self._clients(),
                round(other.seconds, 4),
            )
        )  # fmt: skip
        self.connections.answer_askers(other.seconds, VERSION)
        await self.in_force.go_on(fresh, frozenset(other.hello["rules"]))
        self.ready.set()

    def _hello(self) -> dict[str, object]:
        """Give what another process has to know before it makes all consoles."""
        found, config = self._population.found(), self.in_force.config
        return {"left": found, "rules": sorted(rules(config))}

    async def _upgrade(self) -> None:
        try:
            await self._predecessor.upgrade(self._hello)
        except UpgradeFailed as error:
            self.record(facts.UpgradeRefused(str(error)))
            raise

    async def _leave_if_restarted(self) -> None:
        """Leave everything with the service manager where it starts us again, and end."""
        store = self._manager.store
        if store is None:
            return
        try:
            if not (room := await room_for_a_restart()):
                return
            self._manager.notify(STATUS="leaving everything to the next process")
            await self.library.settle()  # so that offsets go on even if the state is damaged
            await self._predecessor.settle(RESTART_SECONDS, ending=True)
            keepsake.leave(self.estate, store, self.vault, room, self._hello())
        except (OSError, StateRefused) as error:
            self.record(facts.StateUnread(f"it could not be left: {reason_of(error)}"))
            self.estate.unpause()

    async def _ports_tried(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                await self.roster.tried()

    async def _serve(self) -> None:
        pulse = asyncio.create_task(self._manager.pulse(self._look))
        opening = asyncio.create_task(self._open_vault())
        try:
            while not self._stop.is_set():
                stop = asyncio.create_task(self._stop.wait())
                again = asyncio.create_task(self._reload_due())
                await asyncio.wait((stop, again), return_when=asyncio.FIRST_COMPLETED)
                stop.cancel()
                again.cancel()
                if self._reload.is_set() and not self._stop.is_set():
                    async with self._turn:
                        self._reload.clear()
                        await self._read_again()
        finally:
            pulse.cancel()
            opening.cancel()
            self._answer(Busy("com1d is stopping"))

    async def _open_vault(self) -> None:
        if self.vault.serves:
            self.vault.open(await fd_store.room())

    async def _look(self) -> str:
        """Look after what no event tells of; give the status."""
        await self.in_force.keep()
        return self._status()

    def _status(self) -> str:
        status = f"{self.roster.up} of {len(self.consoles)} ports up, {self.sessions} sessions"
        troubles = self.premises.troubles.items()
        return status + "".join(f"; {part}: {trouble}" for part, trouble in troubles)

    def _vault_troubled(self, trouble: str) -> None:
        self.premises.teller("descriptor store")(trouble)

    def _inotify_troubled(self, trouble: str) -> None:
        self.premises.teller("inotify")(trouble)

    async def _shut_down(self) -> None:
        self._manager.notify(STOPPING="1")
        extending = asyncio.create_task(self._manager.extend())
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
        self.vault.close()
        await self._api.close()
        self.connections.close()
        self.lingering.close()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.library.close()
        await self.hooks.close()
        self.chronicle.close()
        self.callers.close()
        self.record(facts.DaemonStopped(clients))
        extending.cancel()

    # -- reloading --------------------------------------------------------------------------

    async def reload(self) -> dict[str, Any]:
        """Have the configuration read again, and give what changed. Raises `Problem`."""
        if self._predecessor.under_way:  # which would wait for our answer
            raise Busy("com1d is being upgraded; ask again after that")
        asked = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        self._reload.set()
        changed: dict[str, Any] = await asked
        return changed

    async def _reload_due(self) -> None:
        """Wait until a reload was asked for, and nothing speaks against it."""
        await self._reload.wait()
        async with self._turn:
            return

    async def _read_again(self) -> None:
        """Reload, whatever is wrong; tell the log, and those who have asked."""
        self._manager.notify_reloading()
        try:
            self._answer((await self.in_force.change()).as_json())
        except ConfigError as error:
            self.record(facts.ConfigRefused(tuple(map(str, error.problems))))
            detail = f"{len(error.problems)} found"
            self._answer(ConfigRefused(detail, problems=[asdict(one) for one in error.problems]))
        self._manager.notify(READY="1", STATUS=self._status())

    def _answer(self, outcome: dict[str, Any] | Problem) -> None:
        """Tell those who have asked for a reload."""
        asked, self._asked = self._asked, []
        for one in asked:
            if one.done():  # its client has gone
                continue
            if isinstance(outcome, Problem):
                one.set_exception(outcome)
            else:
                one.set_result(outcome)
