"""One console: its port, scrollback, sessions, guest and VM, and what connects these."""

from collections.abc import Callable
from functools import partial

from com1d.bootlog.console_log import RESET, ConsoleLog
from com1d.bootlog.store import Store
from com1d.config import ConsoleConfig
from com1d.console import moving
from com1d.console.circuit import Circuit
from com1d.console.commons import Commons
from com1d.console.slate import Slate, recover
from com1d.control import VmEvent, What
from com1d.core.carried import carried
from com1d.core.carry import Packed, pack, restore
from com1d.core.guest.states import DEAD, Told
from com1d.core.paste.bracketed import LOOK_BACK
from com1d.core.stream.ring import Ring
from com1d.errors import NotRunning
from com1d.guest.guest_watch import GuestWatch
from com1d.guest.identity import Identity
from com1d.guest.vm import Vm
from com1d.input import tenure
from com1d.input.input import Input
from com1d.line.fanout import Fanout, Taker
from com1d.loop.clock import now
from com1d.loop.descriptors import Descriptors
from com1d.loop.memory import Memory
from com1d.ports.base import BreakLine, Port
from com1d.sessions.parts import Parts
from com1d.sessions.seating import Seating
from com1d.telemetry import facts
from com1d.telemetry.counts import Counts, count
from com1d.wire import events


@carried(
    without={
        "_commons": "of the daemon",
        "_memory": "handed over as a descriptor",
        "_slate": "written anew",
        "circuit": "handed over by itself",
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
        "__weakref__", "_commons", "_memory", "_slate", "circuit", "config", "counts", "fanout",
        "identity", "input", "log", "ring", "seating", "traffic", "troubles", "vm", "watch",
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
        self._commons = commons
        watch = self.watch = GuestWatch(
            config.guest, self.ring, self._guest_told, self.update_takers, commons.looks
        )
        """What the guest is doing."""
        printed = partial(self.log.ending, LOOK_BACK)
        self.input = Input(config, self.counts.discard, self.update_takers, printed)
        self.input.guest_is(watch.state)
        """The way to the port."""
        self.vm = Vm(config, port, self._vm_told)
        """The hypervisor's side of its VM."""
        known = config.uuid or (store.uuid if store else "")
        self.identity = Identity(known, self.vm.teller, self.log.identify, another)
        """Which VM it is."""
        circuit = self.circuit = Circuit(
            config, port, commons, self.ring, self.log, self.fanout, self.input, self.identity,
            up=self._up, down=self._down, changed=self._write,
        )  # fmt: skip
        """The way to its guest."""
        self.traffic = circuit.traffic
        self._slate = Slate(self.name, self._things(), circuit.outlasts, commons.vault)
        if config.uuid:
            self.log.identify(config.uuid)
        parts = Parts(
            config, self.ring, self.log, self.input, watch, self.identity,
            memory=self._memory, vault=commons.vault, why_down=circuit.why_down,
        )  # fmt: skip
        self.seating = Seating(parts, commons.record, commons.attendance, self.update_takers)
        """Its sessions and their clients."""
        self.update_takers()

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return self.config.name

    # -- the port ---------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to keep the port open, and to listen to the hypervisor."""
        self._slate.begin()
        self.circuit.start()
        self.vm.start()

    async def tried(self) -> None:
        """Wait until the port was tried once; say why where it did not open."""
        await self.circuit.keeper.tried.wait()
        if not self.connected:
            port, reason = str(self.config.port), self.circuit.keeper.reason
            self._commons.record(facts.PortWaiting(self.name, port, reason))

    async def stop(self, code: int, reason: str, *, leave: bool = False) -> None:
        """Close every client, then put the port back as it was found, or `leave` it to another.

        Afterwards no part refers to it, so that its reference count frees it: no collector does.
        """
        for session in self.seating.sessions():
            self.seating.dismiss(session, code, reason)
        self.seating.close()
        self._slate.close()
        self.circuit.cut()
        self.input.close()
        self.watch.close()
        await self.identity.close()
        await self.vm.stop()
        await self.circuit.stop(leave=leave)
        self.fanout.tell()
        self.log.stop()
        self._memory.close()

    def _up(self) -> None:
        self.vm.port_came_up()
        self._commons.record(facts.PortCameUp(self.name, str(self.config.port)))
        self.seating.notify(events.PortUp(now(), self.ring.end))

    def _down(self, reason: str, discarded: int) -> None:
        port = str(self.config.port)
        self._commons.record(facts.PortWentDown(self.name, port, reason, discarded))
        self.seating.notify(events.PortDown(reason, now(), self.ring.end))

    def _write(self) -> None:
        self._slate.write()

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
        self._slate.write()
        finding = told.finding
        if finding is None:
            news = told.notice, told.evidence, told.offset, skipped
            self._commons.record(facts.GuestNoticed(self.name, *news))
            self.seating.notify(events.GuestNotice(*news))
            return
        self.input.guest_is(finding.state)
        named, why = finding.state.value, finding.evidence
        self._commons.record(facts.GuestChanged(self.name, named, why, skipped or None))
        if finding.state in DEAD:
            count(self.counts.panics, named)
            self.log.note("panic", state=named, evidence=why, offset=told.offset)
        state = self.watch.show(finding)
        about = {"offset": told.offset, "boot": self.log.boot, "since": state["since"]}
        self._commons.hooks.changed(self.config, finding, about)
        self.seating.notify(events.GuestState(**state, offset=told.offset))
        self.seating.guest_changed()

    # -- input ------------------------------------------------------------------------------

    async def send_break(self) -> None:
        """Hold the line in break: in band on a real tty, else through the hypervisor."""
        line = self.circuit.line
        if line is None:
            raise NotRunning(f"{self.name}: the port is down", **await self.vm.standing())
        if isinstance(line, BreakLine):
            await line.send_break()
        else:
            await self.vm.send_break()

    # -- from one process to the next -------------------------------------------------------

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        leased = tenure.busy(self.input.lease)
        return self.circuit.busy or self.vm.busy or self.seating.busy or leased

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give all of it, as `take_over` of a console of the same name goes on with it."""
        own = {"counts": pack(self), "input": self.input.hand_over()}
        shared = self.circuit.hand_over(fds) | {"seating": self.seating.hand_over(fds)}
        return moving.packed(self._things(), fds, self.name) | shared | own

    def take_over(self, packed: Packed, fds: Descriptors) -> None:
        """Go on where another process was. Nothing is read or sent before `go_on`.

        Raises `StateRefused`, and has to be thrown away then.
        """
        restore(self, packed["counts"])
        moving.resume(self._things(), packed, fds)
        self.circuit.take_over(packed, fds)
        ours, seating = self._commons, self.seating
        make = moving.clients(ours.poller, ours.budget, ours.lingering, seating, self.log)
        seating.take_over(packed["seating"], fds, make)
        self.input.take_over(packed["input"])
        self.input.guest_is(self.watch.state)
        if packed["feed"] is not None and not self.connected:
            self.circuit.lose("com1d was exchanged, and opens the port anew")

    def recover(self, fds: Descriptors) -> int:
        """Go on where a process was killed; give the bytes that it half stored. Raises as above."""
        slate, torn = recover(self._things(), self.name, fds)
        self.input.guest_is(self.watch.state)
        self.circuit.recover(slate, fds)
        self._slate.begin(anew=True)
        self.log.note("crash", bytes=torn)
        return torn

    def _things(self) -> moving.Things:
        parts = self._memory, self.log, self.watch, self.traffic, self.circuit.keeper
        return moving.Things(self.ring, *parts, self.identity)

    def go_on(self) -> None:
        """Do what became due while the console was on its way, and start."""
        self.circuit.go_on()
        self.update_takers()
        self.identity.go_on()
        self.input.go_on()
        self.watch.go_on()
        self.seating.go_on()
        self.start()

    # -- for requests and metrics -----------------------------------------------------------

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
        told = self.identity.trouble, self._memory.trouble
        return [*self.troubles.values(), *filter(None, told)]
