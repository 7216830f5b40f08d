"""One console: its port, its scrollback, its sessions, and what happens between them."""

import mmap
import random
from typing import Any, Protocol

from com1d.config import ConsoleConfig
from com1d.control import VmEvent, What
from com1d.core.guest.states import Finding
from com1d.core.pacing import Bucket
from com1d.core.ring import Ring
from com1d.errors import NotRunning
from com1d.ports.base import BreakLine, Line, Port
from com1d.runtime.access import Access
from com1d.runtime.clock import now
from com1d.runtime.feed import Feed
from com1d.runtime.guest_watch import GuestWatch
from com1d.runtime.input import Input
from com1d.runtime.keeper import Keeper
from com1d.runtime.poller import Poller
from com1d.runtime.reader import Reader
from com1d.runtime.seating import Seating
from com1d.runtime.ticker import Ticker
from com1d.runtime.vm import Vm
from com1d.runtime.watch import Watcher
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

    def record(self, fact: facts.Fact) -> None:
        """Tell the log and the event stream what happened."""


class Console:
    """The owner of everything that belongs to one name in the configuration."""

    __slots__ = (
        "_feed", "_keeper", "_line", "_port", "_sent", "_shared", "boot", "boot_offset", "config",
        "discarded", "input", "ring", "seating", "vm", "watch",
    )  # fmt: skip

    def __init__(self, config: ConsoleConfig, port: Port, shared: Shared) -> None:
        """Put the parts together; `start` opens the port."""
        self.config = config
        self.ring = Ring(config.scrollback, _anonymous)
        self.boot = 0
        """How many times the port has come up again since the daemon started."""
        self.boot_offset = 0
        """Where in the stream the present boot began."""
        self.discarded = 0
        """Bytes that were typed and never sent."""
        self._port = port
        self._shared = shared
        self._keeper = Keeper(
            port, shared.watcher, up=self._up, down=self._down, jitter=random.random
        )
        self._line: Line | None = None
        self._feed: Feed | None = None
        self._sent = 0
        self.watch = GuestWatch(config.guest, self.ring, self._guest_is)
        """What the guest is doing."""
        self.input = Input(config, lambda: self.watch.state.value, self._count_discarded)
        """The way to the port."""
        self.vm = Vm(config, port, self._vm_told)
        """The hypervisor's side."""
        self.seating = Seating(self, shared)
        """Its clients."""

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
        self._unfeed()
        self.input.close()
        self.watch.close()
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
        for reader in self.seating.pumps:
            reader.pump(data)
        if self.input.attentive:
            self.input.guest_spoke(data)
        self.watch.printed()

    def _vm_told(self, news: VmEvent | str) -> None:
        """Pass on what the hypervisor tells, and the steps of a restart."""
        event: dict[str, Any] = {"event": "vm", "at": now(), "offset": self.ring.end}
        if isinstance(news, str):
            self._tell_all(event | {"what": "progress", "text": news})
            return
        if news.what is What.RESET:
            self.boot += 1
            self.boot_offset = self.ring.end
            self.watch.reset()
        elif news.what is What.PANIC:
            code = news.detail.get("stop_code")
            self.watch.panicked("told by the hypervisor", int(code, 16) if code else None)
        self._shared.record(facts.VmChanged(self.name, news.what.value, news.cause or None))
        self._tell_all(event | {"what": news.what.value, "cause": news.cause} | dict(news.detail))

    def _guest_is(self, finding: Finding) -> None:
        self._shared.record(facts.GuestChanged(self.name, finding.state.value, finding.evidence))
        state = self.watch.describe()
        self._tell_all({"event": "guest", "offset": self.ring.end} | state)

    def _tell_all(self, event: dict[str, Any]) -> None:
        for reader in self.seating.pumps:
            reader.notify(event)

    def standing(self) -> dict[str, Any]:
        """Give what a client is told of the console when it attaches."""
        return {
            "console": self.name,
            "offset": self.ring.end,
            "boot": self.boot,
            "connected": self.connected,
        }

    # -- input ------------------------------------------------------------------------------

    def type(self, reader: Reader, data: bytes) -> None:
        """Take what a client sent as keys: of the active session to the port, of others nowhere."""
        if self.seating.may_type(reader.session):
            self.input.type(data)
            return
        self._count_discarded(len(data))
        detail = "only the active session types; what you type goes nowhere"
        reader.notify(
            {"event": "input-refused", "code": "forbidden", "bytes": len(data), "detail": detail}
        )

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
        obstacle = self._shared.access.obstacle(self.config)
        return {
            "name": self.name,
            "port": str(self.config.port),
            "guest": self.config.guest,
            "connected": self.connected,
            "reason": "" if self.connected else self._keeper.reason,
            "enabled": obstacle is None,
            "disabled": None if obstacle is None else {"code": obstacle.code, **obstacle.extra},
            "guest_state": self.watch.describe(),
            **self.seating.describe(),
            "offset": self.ring.end,
            "oldest": self.ring.start,
            "boot": self.boot,
            "control": self.vm.describe(),
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
            lost=seating.lost + sum(reader.lost for reader in seating.pumps),
            discarded=self.discarded,
            active=active,
            observers=len(seating.pumps) - active,
            sessions=seating.began,
            preemptions=seating.preemptions,
        )
