"""`libvirt:qemu:///system`: the domain that has the console's name, under any hypervisor.

libvirt has no break on a serial port. A restart is libvirt's own reboot by the power button: it
waits for the guest to shut down, and then resets the VM instead of ending it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, TypeVar

from com1d.control import libvirt_link
from com1d.control.attempt import STUCK, attempt, demand_running
from com1d.control.base import LIMITS, OFF, RUNNING, Ability, Limits, VmEvent, What
from com1d.control.keycodes import keycodes
from com1d.control.libvirt_link import LibvirtLink, News
from com1d.control.qcodes import read
from com1d.control.qmp_events import FIRMWARE_SECONDS
from com1d.control.restart import Turn, unheeded, until_relaunched
from com1d.errors import NotRunning, Unsupported
from com1d.wire.uuids import uuid_of


T = TypeVar("T")

STATES: Final = {
    1: RUNNING,
    2: RUNNING,  # "blocked", which Xen has: the guest waits for something
    3: "paused",
    4: "shutting-down",
    5: OFF,
    6: "guest-panicked",
    7: "suspended",
}
"""virDomainState, in our words and QEMU's."""

PAUSED, PAUSED_CRASHED, PAUSED_DOWN = 3, 10, 8
"""virDomainPausedReason: what the guest has done where it is not somebody who paused it."""

ACPI_BUTTON: Final = 1
"""VIR_DOMAIN_REBOOT_ACPI_POWER_BTN."""

KEYS_HELD_MS: Final = 100
"""As long as QEMU holds keys by itself."""

NEWS_KEPT: Final = 16
"""Events of a domain kept for a restart that waits: as many as for QMP."""

_LIFECYCLE: Final = {
    (3, 0): (What.PAUSED, ""),
    (3, 1): (What.PAUSED, "migration"),
    (3, 2): (What.PAUSED, "io-error"),
    (3, 3): (What.PAUSED, "watchdog"),
    (4, 0): (What.RESUMED, ""),
    (4, 1): (What.RESUMED, "migration"),
    (5, 0): (What.SHUTDOWN, "guest-shutdown"),
    (5, 1): (What.SHUTDOWN, "destroyed"),
    (5, 2): (What.SHUTDOWN, "crashed"),
    (5, 3): (What.SHUTDOWN, "migrated"),
    (5, 4): (What.SHUTDOWN, "saved"),
    (5, 5): (What.SHUTDOWN, "failed"),
    (8, 0): (What.PANIC, "pvpanic"),
    (8, 1): (What.CRASH_DUMP, "pvpanic"),
}
"""virDomainEventType and its detail."""

STOPPED: Final = 5


class LibvirtControl:
    """One domain."""

    name = "libvirt"
    hears = True
    capabilities = frozenset({Ability.NMI, Ability.RESET, Ability.RESTART, Ability.KEYBOARD})

    def __init__(
        self, uri: str, console: str, limits: Limits = LIMITS, *, domain: str = ""
    ) -> None:
        """Control `domain`, or the one with the name of `console`."""
        self._domain = domain or console
        self._uri = uri
        self._console = console
        self._limits = limits
        self._turn = Turn(console)
        self._link: LibvirtLink | None = None
        self._on_event: Callable[[VmEvent], None] = lambda _: None
        self._waiting: set[asyncio.Queue[News]] = set()
        self._firmware_until = 0.0

    def start(self, on_event: Callable[[VmEvent], None]) -> None:
        """Share the connection to this libvirt."""
        self._on_event = on_event
        with contextlib.suppress(ImportError):  # every verb raises the reason
            self._link = libvirt_link.join(self._uri, self._domain, self._hear)

    async def stop(self) -> None:
        """Give up our share of the connection."""
        link, self._link = self._link, None
        if link is not None:
            await libvirt_link.leave(link, self._domain, self._hear)

    def retry(self) -> None:
        """Try to connect now, if there is no connection."""
        if self._link is not None and not self._link.is_up:
            self._link.retry()

    def _hear(self, news: News) -> None:
        for queue in self._waiting:
            if not queue.full():
                queue.put_nowait(news)
        match news.what:
            case "lifecycle":
                what, cause = _LIFECYCLE.get((news.event, news.detail), (None, ""))
                if what is not None:
                    self._on_event(VmEvent(what, cause))
            case "reboot" if self._begins_boot():
                self._on_event(VmEvent(What.RESET))
            case "watchdog":
                self._on_event(VmEvent(What.WATCHDOG))

    def _begins_boot(self) -> bool:
        """Tell whether a reset begins a boot.

        Firmware resets too, and libvirt does not say who did.
        """
        now = asyncio.get_running_loop().time()
        if now < self._firmware_until:
            return False
        self._firmware_until = now + FIRMWARE_SECONDS
        return True

    # -- verbs --------------------------------------------------------------------------------

    async def status(self) -> str:
        """Ask for the domain's state."""
        try:
            async with self._attempt("status", self._limits.answer):
                return await self._state()
        except NotRunning:
            return OFF

    async def uuid(self) -> str:
        """Ask for the domain's UUID."""
        return uuid_of(await self._call(lambda domain: domain.UUIDString()))

    def birth(self) -> None:
        """Nothing can be seen of a domain's process."""

    async def nmi(self) -> None:
        """Inject an NMI."""
        async with self._attempt("nmi", self._limits.answer):
            demand_running(self._console, "nmi", await self._state())
            await self._call(lambda domain: domain.injectNMI())

    async def reset(self) -> None:
        """Reset, and let the VM go on where only a reset allows that."""
        async with self._attempt("reset", self._limits.reset):
            state = await self._state()
            await self._call(lambda domain: domain.reset())
            if state in STUCK:
                await self._call(lambda domain: domain.resume())

    async def restart(self, progress: Callable[[str], None]) -> None:
        """Have libvirt reboot the domain by its power button."""
        with self._turn:
            async with self._attempt("restart", self._limits.restart):
                await self._restart(progress)

    async def send_break(self) -> None:
        """Refuse: there is no way to do it."""
        self._lacks("break")

    async def press(self, keys: list[str]) -> None:
        """Press keys."""
        pressed = read(keys)
        async with self._attempt("keys", self._limits.answer):
            demand_running(self._console, "keys", await self._state())
            for codes in map(keycodes, pressed):
                await self._call(lambda domain: domain.sendKey(0, KEYS_HELD_MS, codes, len(codes)))  # noqa: B023 -- called before the next

    # -- how ----------------------------------------------------------------------------------

    def _lacks(self, what: str) -> NoReturn:
        raise Unsupported(f"{self._console}: libvirt has no {what}")

    def _attempt(self, verb: str, limit: float) -> contextlib.AbstractAsyncContextManager[None]:
        return attempt(verb, self._console, limit, self._state)

    async def _call(self, work: Callable[[Any], T]) -> T:
        if self._link is None:
            raise Unsupported(f"{self._console}: {libvirt_link.MISSING}")
        return await self._link.call(
            self._console, lambda libvirt: work(libvirt.lookupByName(self._domain))
        )

    async def _state(self) -> str:
        state, reason = await self._call(lambda domain: domain.state())
        if state == PAUSED and reason in (PAUSED_CRASHED, PAUSED_DOWN):
            return "guest-panicked" if reason == PAUSED_CRASHED else "shutdown"
        return STATES.get(state, "unknown")

    @contextlib.contextmanager
    def _news(self) -> Iterator[asyncio.Queue[News]]:
        queue: asyncio.Queue[News] = asyncio.Queue(NEWS_KEPT)
        self._waiting.add(queue)
        try:
            yield queue
        finally:
            self._waiting.remove(queue)

    async def _restart(self, progress: Callable[[str], None]) -> None:
        console, limits = self._console, self._limits
        demand_running(console, "restart", await self._state())
        with self._news() as news:
            await self._call(lambda domain: domain.reboot(ACPI_BUTTON))
            progress(f"{console}: power button pressed; {limits.shutdown:g} s to shut down")
            ended = await self._rebooted(news)
        if ended:
            progress(f"{console}: the domain ended; {limits.relaunch:g} s to be started again")
            await until_relaunched(console, limits.relaunch, self._runs)
        progress(f"{console}: booting")

    async def _rebooted(self, news: asyncio.Queue[News]) -> bool:
        """Wait for the reboot; say whether the domain has ended instead."""
        try:
            async with asyncio.timeout(self._limits.shutdown):
                while (told := await news.get()).what != "reboot":
                    if told.what == "lifecycle" and told.event == STOPPED:
                        return True
        except TimeoutError:
            raise unheeded(self._console, self._limits.shutdown, await self._state()) from None
        return False

    async def _runs(self) -> bool:
        return await self._state() == RUNNING
