"""One console: its port, its scrollback, its sessions, and what happens between them."""

import mmap
import random
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import Any, Final, Protocol

from com1d import wire
from com1d.config import ConsoleConfig
from com1d.control import VmEvent, What
from com1d.core.pacing import Bucket
from com1d.core.ring import Ring
from com1d.core.session import Mode, Preempt, SessionId, Sessions
from com1d.errors import Busy, NotRunning
from com1d.ports.base import BreakLine, Line, Port
from com1d.runtime.access import Access
from com1d.runtime.deed import Deed, Details
from com1d.runtime.feed import Feed
from com1d.runtime.input import Input
from com1d.runtime.keeper import Keeper
from com1d.runtime.peer import Caller
from com1d.runtime.poller import Poller
from com1d.runtime.reader import Reader
from com1d.runtime.ticker import Ticker
from com1d.runtime.vm import Vm
from com1d.runtime.watch import Watcher
from com1d.telemetry import facts
from com1d.telemetry.metrics import ConsoleSample


def now() -> str:
    """Give the time as the interface has it: RFC 3339, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _anonymous(capacity: int) -> memoryview:
    """Make a ring's storage: pages that no byte has touched yet cost no memory."""
    return memoryview(mmap.mmap(-1, capacity))


_ids: Final = count(1)
"""Session numbers are unique in the daemon's life, so that audit and events can name one."""


def new_session() -> SessionId:
    """Give the number of a new session."""
    return next(_ids)


class Shared(Protocol):
    """What all consoles of the daemon have in common."""

    poller: Poller
    ticker: Ticker
    watcher: Watcher
    access: Access
    sessions: int
    """Attached sessions of all consoles."""

    def record(self, fact: facts.Fact) -> None:
        """Tell the log and the event stream what happened."""


class Console:
    """The owner of everything that belongs to one name in the configuration."""

    __slots__ = (
        "_feed", "_keeper", "_line", "_port", "_pumps", "_readers", "_seats", "_sent", "_shared",
        "boot", "boot_offset", "config", "discarded", "input", "lost", "preemptions", "ring",
        "sessions", "vm",
    )  # fmt: skip

    def __init__(self, config: ConsoleConfig, port: Port, shared: Shared) -> None:
        """Put the parts together; `start` opens the port."""
        self.config = config
        self.ring = Ring(config.scrollback, _anonymous)
        self.boot = 0
        """How many times the port has come up again since the daemon started."""
        self.boot_offset = 0
        """Where in the stream the present boot began."""
        self.lost = 0
        """Bytes that clients missed, summed over clients."""
        self.discarded = 0
        """Bytes that were typed and never sent."""
        self.preemptions = 0
        self.sessions = 0
        """Sessions that ever began."""
        self._port = port
        self._shared = shared
        self._keeper = Keeper(
            port, shared.watcher, up=self._up, down=self._down, jitter=random.random
        )
        self._line: Line | None = None
        self._feed: Feed | None = None
        self._sent = 0
        self._seats = Sessions()
        self.input = Input(config, lambda: "unknown", self._count_discarded)
        """The way to the port."""
        self.vm = Vm(config, port, self._vm_told)
        """The hypervisor's side."""
        self._readers: dict[SessionId, Reader] = {}
        self._pumps: tuple[Reader, ...] = ()

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return self.config.name

    # -- the port ---------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to keep the port open, and to listen to the hypervisor."""
        self._keeper.start()
        self.vm.start()

    async def tried(self) -> None:
        """Return when the port was tried once, whether it opened or not."""
        await self._keeper.tried.wait()

    async def stop(self, code: int, reason: str) -> None:
        """Send every client away, then put the port back as it was found."""
        for reader in self._pumps:
            reader.dismiss(code, reason)
        self._unfeed()
        self.input.close()
        await self.vm.stop()
        await self._keeper.stop()

    def _up(self, line: Line) -> None:
        again = self._sent or self.ring.end
        if again:
            self.boot += 1
            self.boot_offset = self.ring.end
        self._line = line
        self._feed = Feed(
            line,
            self._shared.poller,
            self._shared.ticker,
            Bucket(self.config.baud),
            deliver=self._deliver,
            drained=self.input.drained,
            ended=self._keeper.line_ended,
        )
        self.input.line_up(self._feed)
        self.vm.port_came_up()
        self._shared.record(facts.PortCameUp(self.name, str(self.config.port)))
        self._tell_all({"event": "port-up", "offset": self.ring.end, "at": now()})

    def _down(self, reason: str) -> None:
        discarded = self.input.line_down()
        self._unfeed()
        self._shared.record(facts.PortWentDown(self.name, str(self.config.port), reason, discarded))
        self._tell_all(
            {"event": "port-down", "offset": self.ring.end, "at": now(), "reason": reason}
        )

    def _unfeed(self) -> None:
        if self._feed is not None:
            self._sent += self._feed.written
            self._feed.close()
            self._feed = self._line = None

    def _deliver(self, data: bytes) -> None:
        self.ring.append(data)
        for reader in self._pumps:
            reader.pump(data)
        if self.input.attentive:
            self.input.guest_spoke(data)

    def _vm_told(self, news: VmEvent | str) -> None:
        """Pass on what the hypervisor tells, and the steps of a restart."""
        event: dict[str, Any] = {"event": "vm", "at": now(), "offset": self.ring.end}
        if isinstance(news, str):
            self._tell_all(event | {"what": "progress", "text": news})
            return
        if news.what is What.RESET:
            self.boot += 1
            self.boot_offset = self.ring.end
        self._shared.record(facts.VmChanged(self.name, news.what.value, news.cause or None))
        self._tell_all(event | {"what": news.what.value, "cause": news.cause} | dict(news.detail))

    def _tell_all(self, event: dict[str, Any]) -> None:
        for reader in self._pumps:
            reader.notify(event)

    # -- sessions ---------------------------------------------------------------------------

    def may_attach(self, mode: Mode, *, preempt: bool) -> None:
        """Raise `Busy`, naming the holder, when an attach would be refused now."""
        if mode is Mode.ACTIVE and not preempt and (holder := self._active) is not None:
            raise Busy(
                f"{self.name} is held by {holder.caller.user} since {holder.since}",
                by=holder.caller.user,
                since=holder.since,
            )

    def attach(self, reader: Reader, *, cursor: int) -> None:
        """Let `reader` in, preempting whoever is in its way; its stream begins at `cursor`.

        That it may come in is decided, numbered and written down before, by `admission`.
        """
        reader.since = now()
        reader.began = monotonic()
        for command in self._seats.attach(reader.session, reader.mode):
            if isinstance(command, Preempt):
                self._preempt(self._readers[command.session], reader)
        if reader.mode is Mode.ACTIVE:
            self.input.seat(reader)
        self._readers[reader.session] = reader
        self._pumps = (*self._pumps, reader)
        self.sessions += 1
        self._shared.sessions += 1
        self._open_stream(reader, cursor)

    def _open_stream(self, reader: Reader, cursor: int) -> None:
        end = self.ring.end
        reader.notify(
            {
                "event": "attached",
                "console": self.name,
                "mode": reader.mode.value,
                "offset": end,
                "replay": end - self.ring.clip(cursor),
                "boot": self.boot,
                "user": reader.caller.user,
                "connected": self.connected,
            }
        )
        reader.start(self.ring, cursor)
        reader.notify({"event": "replayed", "offset": end})
        reader.pump()

    def _preempt(self, earlier: Reader, newer: Reader) -> None:
        self.preemptions += 1
        discarded = self.input.rise()
        by, at = newer.caller.user, newer.since
        self._shared.record(
            facts.SessionPreempted(*self._deed(earlier), "preempted", by, newer.session, discarded)
        )
        earlier.notify({"event": "preempted", "by": by, "at": at, "offset": self.ring.end})
        earlier.dismiss(wire.CLOSE_PREEMPTED, f"preempted by {by} at {at}")

    def leave(self, reader: Reader) -> None:
        """Forget a client whose socket is closed.

        What it typed is still sent, except a paste, which nobody could watch any more.
        """
        if self._seats.may_type(reader.session):
            self.input.leave()
        self._seats.detach(reader.session)
        if self._readers.pop(reader.session, None) is None:
            return
        self._shared.sessions -= 1
        self._pumps = tuple(other for other in self._pumps if other is not reader)
        self.lost += reader.lost
        self._shared.record(
            facts.SessionEnded(
                *self._deed(reader), reader.mode.value, reader.via, reader.outcome,
                typed=reader.typed, delivered=reader.delivered, lost=reader.lost,
                seconds=round(monotonic() - reader.began, 3),
            )
        )  # fmt: skip

    def deed(self, reader: Reader, verb: str) -> Deed:
        """Prepare the audit's line about something that a session does."""

        def tell(outcome: str, details: Details | None) -> None:
            self._shared.record(facts.VerbUsed(*self._deed(reader), verb, outcome, details))

        return Deed(tell)

    def _deed(self, reader: Reader) -> tuple[facts.Who, str, SessionId]:
        return reader.caller.who, self.name, reader.session

    @property
    def _active(self) -> Reader | None:
        session = self._seats.active
        return None if session is None else self._readers[session]

    # -- input ------------------------------------------------------------------------------

    def type(self, reader: Reader, data: bytes) -> None:
        """Take what a client sent as keys: of the active session to the port, of others nowhere."""
        if self._seats.may_type(reader.session):
            self.input.type(data)
            return
        self._count_discarded(len(data))
        detail = "only the active session types; what you type goes nowhere"
        reader.notify(
            {"event": "input-refused", "code": "forbidden", "bytes": len(data), "detail": detail}
        )

    def demand_seat(self, caller: Caller) -> SessionId:
        """Give the session for which `caller` may paste or press keys from outside a stream.

        Raises `Busy` while somebody else holds the active session: input never interleaves.
        """
        active = self._active
        if active is None:
            return new_session()
        if not caller.is_same_user(active.caller):
            raise Busy(f"{self.name} is held by {active.caller.user} since {active.since}")
        return active.session

    async def send_break(self) -> None:
        """Hold the line in break: in band on a real tty, else through the hypervisor."""
        line = self._line
        if line is None:
            raise NotRunning(f"{self.name}: the port is down")
        if isinstance(line, BreakLine):
            await line.send_break()
        else:
            await self.vm.send_break()

    def _count_discarded(self, count: int) -> None:
        self.discarded += count

    # -- what others want to know -----------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether the port is open."""
        return self._feed is not None

    def describe(self) -> dict[str, Any]:
        """Give the console as the interface shows it."""
        active, obstacle = self._active, self._shared.access.obstacle(self.config)
        return {
            "name": self.name,
            "port": str(self.config.port),
            "guest": self.config.guest,
            "connected": self.connected,
            "reason": "" if self.connected else self._keeper.reason,
            "enabled": obstacle is None,
            "disabled": None if obstacle is None else {"code": obstacle.code, **obstacle.extra},
            "guest_state": {"state": "unknown", "since": None, "hint": ""},
            "active": None if active is None else _who(active),
            "observers": [_who(r) for r in self._pumps if r.mode is Mode.OBSERVE],
            "offset": self.ring.end,
            "oldest": self.ring.start,
            "boot": self.boot,
            "control": self.vm.describe(),
        }

    def sample(self) -> ConsoleSample:
        """Give the console's figures for a scrape."""
        active = int(self._seats.active is not None)
        return ConsoleSample(
            name=self.name,
            up=self.connected,
            received=self.ring.end,
            sent=self._sent + (self._feed.written if self._feed else 0),
            lost=self.lost + sum(reader.lost for reader in self._pumps),
            discarded=self.discarded,
            active=active,
            observers=len(self._pumps) - active,
            sessions=self.sessions,
            preemptions=self.preemptions,
        )

    def readers(self) -> tuple[Reader, ...]:
        """Give the attached clients, oldest first."""
        return self._pumps


def _who(reader: Reader) -> dict[str, Any]:
    return {
        "user": reader.caller.user,
        "uid": reader.caller.peer.uid,
        "pid": reader.caller.pid,
        "since": reader.since,
        "via": reader.via,
        "command": reader.caller.command,
        "gateway": reader.caller.gateway,
    }
