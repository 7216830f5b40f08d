"""One console: its port, scrollback, sessions, guest and VM, and what connects these."""

import contextlib
import random
from collections.abc import Callable
from typing import Any

from com1d.bootlog.console_log import RESET, STARTED, ConsoleLog
from com1d.bootlog.qemu_log import QemuLog
from com1d.bootlog.store import Store
from com1d.config import ConsoleConfig
from com1d.console import moving
from com1d.console.commons import Commons
from com1d.console.slate import Slate, recover
from com1d.control import VmEvent, What
from com1d.core.carried import carried
from com1d.core.carry import Packed, pack, restore
from com1d.core.guest.states import DEAD, Told
from com1d.core.paste.bracketed import LOOK_BACK
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.ring import Ring
from com1d.errors import Com1Error, NotRunning
from com1d.guest.guest_watch import GuestWatch
from com1d.guest.identity import Identity
from com1d.guest.vm import Vm
from com1d.input import tenure
from com1d.input.input import Input
from com1d.line.fanout import Fanout, Taker
from com1d.line.feed import Feed
from com1d.line.keeper import Keeper
from com1d.line.traffic import Traffic
from com1d.loop.clock import now
from com1d.loop.descriptors import Descriptors
from com1d.loop.memory import Memory
from com1d.ports.base import BreakLine, GuestPort, Line, Port
from com1d.sessions.parts import Parts
from com1d.sessions.seating import Seating
from com1d.telemetry import facts
from com1d.telemetry.counts import Counts
from com1d.wire import events


@carried(
    without={
        "_commons": "of the daemon",
        "_keeper": "handed over by itself",
        "_line": "handed over by its port",
        "_memory": "handed over as a descriptor",
        "_port": "handed over by itself",
        "_qemu_log": "has no state once its line is joined",
        "_slate": "written anew",
        "config": "configured",
        "fanout": "of the parts",
        "identity": "handed over by itself",
        "input": "handed over by itself",
        "log": "handed over by itself",
        "ring": "handed over with its memory",
        "seating": "handed over by itself",
        "traffic": "handed over by itself",
        "troubles": "found anew",
        "vm": "looked at anew",
        "watch": "handed over by itself",
    }
)
class Console:
    """All that belongs to one name of the configuration."""

    __slots__ = (
        "__weakref__", "_commons", "_keeper", "_line", "_memory", "_port", "_qemu_log", "_slate",
        "config", "counts", "fanout", "identity", "input", "log", "ring", "seating", "traffic",
        "troubles", "vm", "watch",
    )  # fmt: skip

    def __init__(
        self,
        config: ConsoleConfig,
        port: Port,
        commons: Commons,
        store: Store | None = None,
        another: Callable[[str], None] = lambda _uuid: None,
    ) -> None:
        """Put the parts together; `start` opens the port. `store` keeps what the guest prints.

        `another` is called with the UUID of a VM that is there in place of this console's.
        """
        self.config = config
        self._memory = Memory()
        self.ring = Ring(config.scrollback, self._memory.allocate, store.end if store else 0)
        self.fanout = Fanout(self.ring.append)
        self.log = ConsoleLog(store, self.ring, config.log_size)
        """Its boot diagnostics log, and the number of the present boot."""
        self.troubles: dict[str, str] = {}
        """What of the console does not work at the moment though the console does, and why."""
        self.counts = Counts(boots_seen=self.log.boot)
        self._port = port
        self._commons = commons
        self._qemu_log: QemuLog | None = None
        if config.qemu_log is not None:
            self._qemu_log = QemuLog(
                self.name,
                config.qemu_log,
                self.ring,
                self.log,
                self.fanout.deliver,
                commons,
                found=config.discovered is not None,
            )
        self._line: Line | None = None
        self.traffic = Traffic(config.baud)
        watch = self.watch = GuestWatch(
            config.guest, self.ring, self._guest_told, self.update_takers
        )
        """What the guest is doing."""
        self.input = Input(config, self._count_discarded, self.update_takers, self._printed)
        self.input.guest_is(watch.state)
        """The way to the port."""
        self.vm = Vm(config, port, self._vm_told)
        """The hypervisor's side of its VM."""
        known = config.uuid or (store.uuid if store else "")
        self.identity = Identity(known, self.vm.teller, self.log.identify, another)
        """Which VM it is."""
        self._keeper = Keeper(
            port,
            commons.watcher,
            up=self._up,
            down=self._down,
            jitter=random.random,
            identity=self.identity,
            listens=self._write_slate,
        )
        self._slate = Slate(self.name, self._things(), commons.vault)
        if config.uuid:
            self.log.identify(config.uuid)
        keeper = self._keeper
        parts = Parts(
            config, self.ring, self.log, self.input, watch, self.identity,
            memory=self._memory, vault=commons.vault, why_down=lambda: keeper.reason,
        )  # fmt: skip
        self.seating = Seating(parts, commons.record, commons.attendance, self.update_takers)
        """Its sessions and their clients."""
        self.update_takers()

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return self.config.name

    def _printed(self) -> bytes:
        """Give the end of what the guest has printed since it booted."""
        ring = self.ring
        return ring.read(max(ring.start, self.log.boot_offset, ring.end - LOOK_BACK), LOOK_BACK)

    # -- the port ---------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to keep the port open, and to listen to the hypervisor."""
        if self.config.port.kind == "exec" and self._line is None:
            self._commons.record(facts.ProgramKept(self.name, self.config.port.target))
        self._keeper.start(self._line)
        self.vm.start()

    def regroup(self, group: int) -> None:
        """Have what the port makes for the VM for another group."""
        if isinstance(self._port, GuestPort):
            with contextlib.suppress(Com1Error, OSError):  # the port says why, at its next try
                self._port.regroup(group)

    async def tried(self) -> None:
        """Wait until the port was tried once; say why where it did not open."""
        await self._keeper.tried.wait()
        if not self.connected:
            self._commons.record(
                facts.PortWaiting(self.name, str(self.config.port), self._keeper.reason)
            )

    async def stop(self, code: int, reason: str) -> None:
        """Close every client, then put the port back as it was found.

        Afterwards no part refers to the console any more, so that its reference count frees it: the
        garbage collector does not look at consoles.
        """
        for session in self.seating.sessions():
            self.seating.dismiss(session, code, reason)
        self.seating.close()
        self._slate.close()
        self.input.line_down()
        self._unfeed()
        self.input.close()
        self.watch.close()
        await self.identity.close()
        await self.vm.stop()
        await self._keeper.stop()
        if self._qemu_log is not None:
            await self._qemu_log.stop()
        self.fanout.tell()
        self.log.stop()
        self._memory.close()

    def _up(self, line: Line) -> None:
        # The first line may be to a guest that ran before us.
        if self.traffic.sent or self.log.printed:
            self.log.begins(STARTED)
        if self._qemu_log is not None:
            self._qemu_log.line_up(line)
        self._read(line)
        self.vm.port_came_up()
        self._commons.record(facts.PortCameUp(self.name, str(self.config.port)))
        self.seating.notify(events.PortUp(now(), self.ring.end))

    def _read(self, line: Line) -> Feed:
        """Read a line, and let it be typed to."""
        self._line = line
        feed = Feed(
            line,
            self._commons.poller,
            self._commons.ticker,
            Bucket(self.config.baud),
            fanout=self.fanout if self._qemu_log is None else Fanout(self._qemu_log.take),
            drained=self.input.drained,
            ended=self._keeper.line_ended,
        )
        stops_with_us = self.config.port.kind == "demo"
        self.traffic.line_up(feed, None if stops_with_us else line.capacity)
        self.input.line_up(feed.outflow)
        self._write_slate()
        return feed

    def _write_slate(self) -> None:
        self._slate.write(str(self.config.port), self._port, self._line)

    def _down(self, reason: str) -> None:
        discarded = self.input.line_down()
        self._unfeed()
        self._write_slate()
        self._commons.record(
            facts.PortWentDown(self.name, str(self.config.port), reason, discarded)
        )
        self.seating.notify(events.PortDown(reason, now(), self.ring.end))

    def _unfeed(self) -> None:
        if self._qemu_log is not None:
            self._qemu_log.line_down()
        self.traffic.line_down()
        self._line = None

    def update_takers(self) -> None:
        """Rebuild the list of callbacks that get each piece of output.

        Clients come first, because the others may cause events, which belong behind the piece.
        """
        takers: list[Taker] = [client.take for client in self.seating.audience]
        if self.log.store is not None:
            takers.append(self.log.store.take)
        if self.input.listening:
            takers.append(self.input.guest_spoke)
        if not self.watch.awake:
            takers.append(self.watch.wake)
        self.fanout.tell(*takers)

    def _vm_told(self, news: VmEvent | str) -> None:
        """Handle an event of the hypervisor, or a step of a restart."""
        if isinstance(news, str):
            self.seating.notify(events.VmTold("progress", now(), self.ring.end, text=news))
            return
        what = news.what.value
        if news.what is What.RESET:
            self.log.begins(RESET)
            self.watch.reset()
        elif news.what is What.PANIC:
            code = news.detail.get("stop_code")
            self.watch.panicked("told by the hypervisor", int(code, 16) if code else None)
        self._commons.record(facts.VmChanged(self.name, what, news.cause or None))
        self.seating.notify(events.VmTold(what, now(), self.ring.end, news.cause, more=news.detail))

    def _guest_told(self, told: Told, skipped: int) -> None:
        """Tell a new guest state or a notice; `skipped` before it were too many to tell."""
        finding = told.finding
        if finding is None:
            self._commons.record(
                facts.GuestNoticed(self.name, told.notice, told.evidence, told.offset, skipped)
            )
            self.seating.notify(
                events.GuestNotice(told.notice, told.evidence, told.offset, skipped)
            )
            return
        self.input.guest_is(finding.state)
        self._commons.record(
            facts.GuestChanged(self.name, finding.state.value, finding.evidence, skipped or None)
        )
        if finding.state in DEAD:
            self.counts.panics[finding.state.value] += 1
            self.note(
                "panic", state=finding.state.value, evidence=finding.evidence, offset=told.offset
            )
        self._write_slate()
        state = self.watch.show(finding)
        about = {"offset": told.offset, "boot": self.log.boot, "since": state["since"]}
        self._commons.hooks.changed(self.config, finding, about)
        self.seating.notify(events.GuestState(**state, offset=told.offset))
        self.seating.guest_changed()

    def note(self, kind: str, **what: Any) -> None:
        """Note a mark in the boot diagnostics log at the stream's present end."""
        self.log.note(kind, **what)

    # -- input ------------------------------------------------------------------------------

    async def send_break(self) -> None:
        """Hold the line in break: in band on a real tty, else through the hypervisor."""
        line = self._line
        if line is None:
            raise NotRunning(f"{self.name}: the port is down", **await self.vm.standing())
        if isinstance(line, BreakLine):
            await line.send_break()
        else:
            await self.vm.send_break()

    def _count_discarded(self, count: int, reason: str) -> None:
        self.counts.discarded[reason] += count

    # -- from one process to the next -------------------------------------------------------

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        joins = "" if self._qemu_log is None else self._qemu_log.busy
        line = moving.busy(self._line)
        return line or joins or self.vm.busy or self.seating.busy or tenure.busy(self.input.lease)

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all of it, as `take_over` of a console of the same name goes on with it."""
        line, feed, name = self._line, self.traffic.feed, self.name
        return moving.packed(self._things(), fds, name) | {
            "counts": pack(self),
            "kind": str(self.config.port),
            "port": self._port.hand_over(fds, f"{name}/port"),
            "line": None if line is None else line.hand_over(fds, f"{name}/line"),
            "feed": None if feed is None else feed.hand_over(),
            "input": self.input.hand_over(),
            "seating": self.seating.hand_over(fds),
        }

    def take_over(self, packed: Packed, fds: Descriptors) -> None:
        """Go on where another process was. Nothing is read or sent before `go_on`.

        Raises `StateRefused`, and has to be thrown away then.
        """
        restore(self, packed["counts"])
        moving.resume(self._things(), packed, fds)
        if packed["kind"] == str(self.config.port):  # else another port is configured by now
            self._take_over_line(packed, fds)
        ours, seating = self._commons, self.seating
        make = moving.clients(ours.poller, ours.budget, ours.lingering, seating, self.log)
        seating.take_over(packed["seating"], fds, make)
        self.input.take_over(packed["input"])
        self.input.guest_is(self.watch.state)
        if packed["feed"] is not None and self.traffic.feed is None:
            self._down("com1d was exchanged, and opens the port anew")

    def recover(self, fds: Descriptors) -> int:
        """Go on where a process was killed, with what of it outlives that.

        Gives how many bytes it had read and not quite stored. Raises as `take_over`.
        """
        slate, torn = recover(self._things(), self.name, fds)
        self.input.guest_is(self.watch.state)
        if slate["kind"] == str(self.config.port):
            line = self._port.take_over(slate["port"], slate["line"], fds)
            if line is not None:
                self._read(line)
                if self._qemu_log is not None:  # it has what was read and not stored, too
                    self._qemu_log.line_up(line)
        self._write_slate()
        self.note("crash", bytes=torn)
        return torn

    def _things(self) -> moving.Things:
        return moving.Things(
            self.ring, self._memory, self.log, self.watch, self.traffic, self._keeper, self.identity
        )

    def _take_over_line(self, packed: Packed, fds: Descriptors) -> None:
        line = self._port.take_over(packed["port"], packed["line"], fds)
        if line is not None:
            self._read(line).take_over(packed["feed"])
            if self._qemu_log is not None:
                self._qemu_log.take_over()

    def go_on(self) -> None:
        """Do what became due while the console was on its way, and start."""
        if self.traffic.feed is not None:
            self.traffic.feed.outflow.go_on()
        self.update_takers()
        self.identity.go_on()
        self.input.go_on()
        self.watch.go_on()
        self.seating.go_on()
        self._write_slate()
        self.start()

    # -- for requests and metrics -----------------------------------------------------------

    @property
    def oldest(self) -> int:
        """Offset of the oldest byte that can still be read, from the log or from the ring."""
        return self.log.oldest

    @property
    def discarded(self) -> int:
        """Bytes that were typed and never sent."""
        return sum(self.counts.discarded.values()) + self.seating.typed_in_vain

    @property
    def connected(self) -> bool:
        """Whether the port is open."""
        return self.traffic.feed is not None

    @property
    def is_attended(self) -> bool:
        """Whether a client is attached."""
        return bool(self.seating.sessions())

    @property
    def failing(self) -> list[str]:
        """What of the console does not work at the moment though it is served."""
        return [*self.troubles.values(), *filter(None, (self.identity.trouble,))]

    def describe(self) -> dict[str, Any]:
        """Give the console as the interface shows it."""
        obstacle = self._commons.access.obstacle(self.config)
        return {
            "name": self.name,
            "aliases": list(self.config.aliases),
            "port": str(self.config.port),
            "guest": self.config.guest,
            "set": self.config.set,
            "instance": self.config.instance,
            "discovered": self.config.discovered,
            "connected": self.connected,
            "reason": "" if self.connected else self._keeper.reason,
            "trouble": "; ".join(self.failing),
            "uuid": self.identity.uuid or None,
            "vm": self.config.vm or self.config.domain,
            "domain": self.config.domain,
            "enabled": obstacle is None,
            "disabled": None if obstacle is None else {"code": obstacle.code, **obstacle.extra},
            "guest_state": self.watch.describe(),
            **self.seating.describe(),
            "offset": self.ring.end,
            "oldest": self.ring.start,
            "boot": self.log.boot,
            "log": self.log.describe(),
            "control": self.vm.describe(),
            "can": sorted(self._can()),
            "stall_margin": self.traffic.margin.describe(),
        }

    def _can(self) -> frozenset[str]:
        """Give what port and hypervisor can do beside passing bytes, in the words of `control`."""
        in_band: frozenset[str] = frozenset(("break",) if isinstance(self._line, BreakLine) else ())
        return in_band | self.vm.abilities
