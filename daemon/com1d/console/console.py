"""One console: its port, its scrollback, its sessions, and what happens between them."""

import mmap
import random
import weakref
from typing import Any, Protocol

from com1d.access.access import Access
from com1d.bootlog.console_log import RESET, STARTED, ConsoleLog
from com1d.bootlog.qemu_log import QemuLog
from com1d.bootlog.store import Store
from com1d.clients.client import Reader
from com1d.config import ConsoleConfig
from com1d.control import VmEvent, What
from com1d.core.guest.caution import SHOWN_BYTES
from com1d.core.guest.states import DEAD, State, Told, family
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.ring import Ring, Taker
from com1d.errors import NotRunning
from com1d.guest.guest_watch import GuestWatch
from com1d.guest.hooks import Hooks
from com1d.guest.vm import Vm
from com1d.input.input import Input
from com1d.line.feed import Feed
from com1d.line.keeper import Keeper
from com1d.line.margin import Margin
from com1d.loop.clock import now
from com1d.loop.poller import Poller
from com1d.loop.ticker import Ticker
from com1d.loop.watch import Watcher
from com1d.loop.weakly import weakly
from com1d.ports.base import BreakLine, Line, Port
from com1d.sessions.seating import Seating
from com1d.telemetry import facts
from com1d.telemetry.metrics import ConsoleSample


def _anonymous(capacity: int) -> memoryview:
    """Make a ring's storage: pages that no byte has touched yet cost no memory."""
    return memoryview(mmap.mmap(-1, capacity))


class Shared(Protocol):
    """What all consoles of the daemon have in common."""

    poller: Poller
    ticker: Ticker
    watcher: Watcher
    access: Access
    sessions: int
    """Attached sessions of all consoles."""

    hooks: Hooks

    def vacated(self, console: str) -> None:
        """Take note that the last client of a console has left."""

    def record(self, fact: facts.Fact) -> None:
        """Tell the log and the event stream what happened."""


class Console:
    """The owner of everything that belongs to one name in the configuration."""

    __slots__ = (
        "__weakref__",
        "_feed",
        "_keeper",
        "_line",
        "_margin",
        "_port",
        "_qemu_log",
        "_sent",
        "_shared",
        "config",
        "discarded",
        "input",
        "log",
        "ring",
        "seating",
        "vm",
        "watch",
    )  # fmt: skip

    def __init__(
        self, config: ConsoleConfig, port: Port, shared: Shared, store: Store | None = None
    ) -> None:
        """Put the parts together; `start` opens the port. `store` keeps what the guest prints."""
        self.config = config
        self.ring = Ring(config.scrollback, _anonymous, store.end if store else 0)
        self.log = ConsoleLog(store, self.ring, config.log_size)
        """What is kept on the disk, and which boot this is."""
        self.discarded = 0
        """Bytes that were typed and never sent."""
        self._port = port
        self._shared = shared
        self._qemu_log: QemuLog | None = None
        if config.qemu_log is not None:
            self._qemu_log = QemuLog(
                self.name, config.qemu_log, self.ring, self.log, self.ring.append, shared
            )
        # The parts know the console weakly, so that one that goes is freed without the garbage
        # collector, which is told to leave consoles alone.
        me: Console = weakref.proxy(self)
        self._keeper = Keeper(
            port, shared.watcher, up=weakly(self._up), down=weakly(self._down), jitter=random.random
        )
        self._line: Line | None = None
        self._feed: Feed | None = None
        self._sent = 0
        self._margin = Margin(config.baud)
        self.watch = GuestWatch(
            config.guest, self.ring, weakly(self._guest_told), weakly(self.attune)
        )
        """What the guest is doing."""
        self.input = Input(
            config,
            lambda: me.watch.state,
            weakly(self._count_discarded),
            weakly(self.attune),
        )
        """The way to the port."""
        self.vm = Vm(config, port, weakly(self._vm_told))
        """The hypervisor's side."""
        self.seating = Seating(me, shared)
        """Its clients."""
        self.attune()

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
        for reader in self.seating.readers():
            reader.dismiss(code, reason)
        self.seating.close()
        self.input.line_down()
        self._unfeed()
        self.input.close()
        self.watch.close()
        await self.vm.stop()
        await self._keeper.stop()
        if self._qemu_log is not None:
            await self._qemu_log.stop()
        self.ring.takers = ()
        self.log.stop()

    def _up(self, line: Line) -> None:
        if self._sent or self.log.printed:  # before, it may be the guest of an earlier daemon
            self.log.begins(STARTED)
        self._line = line
        if self._qemu_log is not None:
            self._qemu_log.line_up(line)
        self._feed = Feed(
            line,
            self._shared.poller,
            self._shared.ticker,
            Bucket(self.config.baud),
            deliver=self.ring.append if self._qemu_log is None else self._qemu_log.take,
            drained=self.input.drained,
            ended=self._keeper.line_ended,
        )
        if self.config.port.kind != "demo":  # it is away together with us
            self._margin.line_up(line.capacity, self._feed)
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
        if self._qemu_log is not None:
            self._qemu_log.line_down()
        if self._feed is not None:
            self._sent += self._feed.written
            self._margin.line_down()
            self._feed.close()
            self._feed = self._line = None

    def attune(self) -> None:
        """Let hear what the guest prints whoever needs to know of it now.

        Clients first: the others may have something to tell them that belongs behind it.
        """
        takers: list[Taker] = [reader.take for reader in self.seating.audience]
        if self.log.store is not None:
            takers.append(self.log.store.take)
        if self.input.listening:
            takers.append(self.input.guest_spoke)
        if not self.watch.awake:
            takers.append(self.watch.wake)
        self.ring.takers = tuple(takers)

    def _vm_told(self, news: VmEvent | str) -> None:
        """Pass on what the hypervisor tells, and the steps of a restart."""
        event: dict[str, Any] = {"event": "vm", "at": now(), "offset": self.ring.end}
        if isinstance(news, str):
            self._tell_all(event | {"what": "progress", "text": news})
            return
        if news.what is What.RESET:
            self.log.begins(RESET)
            self.watch.reset()
        elif news.what is What.PANIC:
            code = news.detail.get("stop_code")
            self.watch.panicked("told by the hypervisor", int(code, 16) if code else None)
        self._shared.record(facts.VmChanged(self.name, news.what.value, news.cause or None))
        self._tell_all(event | {"what": news.what.value, "cause": news.cause} | dict(news.detail))

    def _guest_told(self, told: Told, skipped: int) -> None:
        """Pass on what the guest has got into, or what it survived. `skipped` were not told."""
        if told.finding is None:
            fact = facts.GuestNoticed(self.name, told.notice, told.evidence, told.offset, skipped)
            self._shared.record(fact)
            self._tell_all(
                {"event": "notice", "what": told.notice, "evidence": told.evidence,
                 "offset": told.offset, "skipped": skipped}
            )  # fmt: skip
            return
        finding = told.finding
        self._shared.record(
            facts.GuestChanged(self.name, finding.state.value, finding.evidence, skipped or None)
        )
        if finding.state in DEAD:
            self.note(
                "panic", state=finding.state.value, evidence=finding.evidence, offset=told.offset
            )
        state = self.watch.show(finding)
        about = {"offset": told.offset, "boot": self.log.boot, "since": state["since"]}
        self._shared.hooks.changed(self.config, finding, about)
        self._tell_all({"event": "guest", "offset": told.offset} | state)

    def _tell_all(self, event: dict[str, Any]) -> None:
        for reader in self.seating.readers():
            reader.notify(event)

    def note(self, kind: str, **what: Any) -> None:
        """Note in the boot diagnostics log, beside the stream, what happens here and now."""
        self.log.note(kind, **what)

    def standing(self) -> dict[str, Any]:
        """Give what a client is told of the console when it attaches."""
        return {
            "console": self.name,
            "offset": self.ring.end,
            "boot": self.log.boot,
            "logged": self.log.store is not None,
            "connected": self.connected,
            "guest_state": self.watch.state.value,
            "guest": family(self.config.guest, self.watch.state),
        }

    # -- input ------------------------------------------------------------------------------

    def type(self, reader: Reader, data: bytes) -> None:
        """Take what a client sent as keys: of the active session to the port, of others nowhere."""
        if self.seating.may_type(reader.session):
            self.seating.stir()
            self.input.type(data)
            return
        self._count_discarded(len(data))
        detail = "only the active session types; what you type goes nowhere"
        reader.notify(
            {"event": "input-refused", "code": "forbidden", "bytes": len(data), "detail": detail}
        )

    def end_at_sac(self) -> bytes | None:
        """Give the end of what the guest printed, while it is at `SAC>`."""
        if self.watch.state is not State.SAC:
            return None
        ring = self.ring
        start = max(ring.start, ring.end - SHOWN_BYTES)
        return ring.read(start, ring.end - start)

    async def send_break(self) -> None:
        """Hold the line in break: in band on a real tty, else through the hypervisor."""
        line = self._line
        if line is None:
            raise NotRunning(f"{self.name}: the port is down", **await self.vm.standing())
        if isinstance(line, BreakLine):
            await line.send_break()
        else:
            await self.vm.send_break()

    def _count_discarded(self, count: int) -> None:
        self.discarded += count

    # -- what others want to know -----------------------------------------------------------

    @property
    def oldest(self) -> int:
        """Offset of the oldest byte that can still be had, from the log or from the ring."""
        return self.log.oldest

    @property
    def connected(self) -> bool:
        """Whether the port is open."""
        return self._feed is not None

    @property
    def is_attended(self) -> bool:
        """Whether a client is attached."""
        return bool(self.seating.readers())

    def describe(self) -> dict[str, Any]:
        """Give the console as the interface shows it."""
        obstacle = self._shared.access.obstacle(self.config)
        return {
            "name": self.name,
            "port": str(self.config.port),
            "guest": self.config.guest,
            "set": self.config.set,
            "instance": self.config.instance,
            "discovered": self.config.discovered,
            "connected": self.connected,
            "reason": "" if self.connected else self._keeper.reason,
            "enabled": obstacle is None,
            "disabled": None if obstacle is None else {"code": obstacle.code, **obstacle.extra},
            "guest_state": self.watch.describe(),
            **self.seating.describe(),
            "offset": self.ring.end,
            "oldest": self.ring.start,
            "boot": self.log.boot,
            "log": self.log.describe(),
            "control": self.vm.describe(),
            "stall_margin": self._margin.describe(),
        }

    def sample(self) -> ConsoleSample:
        """Give the console's figures for a scrape."""
        seating = self.seating
        active = int(seating.active is not None)
        return ConsoleSample(
            name=self.name,
            up=self.connected,
            received=self.ring.end,
            sent=self._sent + (self._feed.written if self._feed else 0),
            lost=seating.lost + sum(reader.lost for reader in seating.audience),
            discarded=self.discarded,
            active=active,
            observers=len(seating.readers()) - active,
            sessions=seating.began,
            preemptions=seating.preemptions,
            stall_margin=self._margin.seconds,
            stall_fullest=self._margin.fullest,
            log=self.log.sample(),
        )
