"""`qmp:/path`: QEMU's monitor on a Unix socket (`-qmp unix:/path,server=on,wait=off`).

QEMU serves one client at a time on each such socket, so com1d needs one of its own. Facts that
carry the verbs, all tried with QEMU 7.2: `system_reset` of a VM that has shut down leaves it
waiting for `cont`; without `-no-shutdown` QEMU ends with its guest, with `-no-reboot` instead of a
reset; `inject-nmi` and `send-key` answer at once and without any event.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final

from com1d.control import qmp_chardev
from com1d.control.attempt import STUCK, HungUp, attempt, demand_running
from com1d.control.base import LIMITS, OFF, RUNNING, Ability, Limits, VmEvent
from com1d.control.dial import Birth, present
from com1d.control.problems import ControlBusy
from com1d.control.qcodes import read, send_key
from com1d.control.qmp_events import Translator
from com1d.control.qmp_link import QmpLink
from com1d.control.restart import Turn, unheeded, until_relaunched
from com1d.errors import NotRunning, PortTimeout, Problem, Unsupported
from com1d.wire.uuids import uuid_of


NEWS_EVENTS: Final = 16
"""Events kept for a verb that waits for one: more come only from a guest that resets in a circle,
and the first tells it all."""

LOOK_SECONDS: Final = 2.0
"""Between two looks at a VM that shuts down, where its monitor is shared: no more often than its
owner looks."""

UNKNOWN: Final = "unknown"

LOST: Final = "LOST"
"""Queued among QMP's events when the connection ends."""


class QmpControl:
    """One VM under QEMU."""

    name = "qmp"
    capabilities = frozenset(Ability)

    def __init__(
        self,
        path: str,
        console: str,
        port: str,
        limits: Limits = LIMITS,
        *,
        found_port: str = "",
        shared: bool = False,
    ) -> None:
        """Control the VM of `console`, whose port is at `port`: a path or `host:port`.

        `found_port` is as in `dial`, `shared` as in `QmpLink`.
        """
        self.hears = not shared
        self._path = path
        self._console = console
        self._port = port
        self._limits = limits
        self._link = QmpLink(
            path,
            console,
            hear=self._hear,
            lost=lambda: self._tell(LOST),
            found_port=found_port,
            shared=shared,
        )
        self._translator = Translator()
        self._on_event: Callable[[VmEvent], None] = lambda _: None
        self._waiting: set[tuple[frozenset[str], asyncio.Queue[str]]] = set()
        self._turn = Turn(console)

    def start(self, on_event: Callable[[VmEvent], None]) -> None:
        """Connect, and stay connected."""
        self._on_event = on_event
        self._link.start()

    async def stop(self) -> None:
        """Close the connection and drop the callbacks: link and control refer to each other."""
        await self._link.stop()
        self._on_event = lambda _: None

    def retry(self) -> None:
        """Try to connect now."""
        self._link.retry()

    # -- events -------------------------------------------------------------------------------

    def _hear(self, name: str, event: Mapping[str, Any]) -> None:
        self._tell(name)
        data, stamp = event.get("data"), event.get("timestamp")
        told = self._translator.translate(name, data if isinstance(data, dict) else {}, _at(stamp))
        if told is not None:
            # Not from within the connection's reader, which an error would end.
            asyncio.get_running_loop().call_soon(self._on_event, told)

    def _tell(self, name: str) -> None:
        for names, queue in self._waiting:
            if name in names and not queue.full():
                queue.put_nowait(name)

    @contextlib.contextmanager
    def _news(self, *names: str) -> Iterator[asyncio.Queue[str]]:
        """Queue these events inside `with`.

        Enter it before sending the command that causes them.
        """
        waiting = (frozenset(names), asyncio.Queue[str](NEWS_EVENTS))
        self._waiting.add(waiting)
        try:
            yield waiting[1]
        finally:
            self._waiting.remove(waiting)

    # -- verbs --------------------------------------------------------------------------------

    async def status(self) -> str:
        """Ask for QEMU's run state."""
        try:
            async with self._attempt("status", self._limits.answer):
                return await self._state()
        except NotRunning:
            return OFF

    async def uuid(self) -> str:
        """Ask for the UUID of `-uuid`, or of `-smbios type=1`."""
        answer = await self._link.ask("query-uuid")
        return uuid_of(answer.get("UUID") if isinstance(answer, dict) else None)

    def birth(self) -> Birth | None:
        """Give that of the monitor's socket, while there is one."""
        return present(self._path)

    async def nmi(self) -> None:
        """Inject an NMI into every processor."""
        async with self._attempt("nmi", self._limits.answer):
            demand_running(self._console, "nmi", await self._state())
            await self._link.execute("inject-nmi")

    async def reset(self) -> None:
        """Reset, and let the VM go on where only a reset allows that."""
        async with self._attempt("reset", self._limits.reset):
            await self._reset(await self._state())

    async def restart(self, progress: Callable[[str], None]) -> None:
        """Press the power button, wait for the guest's end, and start it again."""
        with self._turn:
            # Not as one use: a guest takes minutes to shut down, and the monitor may be shared.
            async with attempt("restart", self._console, self._limits.restart, self._state):
                await self._restart(progress)

    async def send_break(self) -> None:
        """Have the console's character device send a break."""
        async with self._attempt("break", self._limits.answer):
            demand_running(self._console, "break", await self._state())
            chardev = await qmp_chardev.find(self._link.ask, self._port)
            if chardev is None:
                raise Unsupported(
                    f"{self._console}: QEMU has no character device at {self._port}, and no COM1"
                )
            await self._link.execute("chardev-send-break", id=chardev)

    async def press(self, keys: list[str]) -> None:
        """Press keys; QEMU holds each for a tenth of a second."""
        pressed = read(keys)
        async with self._attempt("keys", self._limits.answer):
            demand_running(self._console, "keys", await self._state())
            for key in pressed:
                await self._link.execute("send-key", **send_key(key))

    # -- how ----------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _attempt(self, verb: str, limit: float) -> AsyncIterator[None]:
        async with attempt(verb, self._console, limit, self._state), self._link.use():
            yield

    async def _state(self) -> str:
        answer = await self._link.ask("query-status")
        status = answer.get("status") if isinstance(answer, dict) else None
        return status if isinstance(status, str) else UNKNOWN

    async def _reset(self, state: str) -> None:
        async with self._link.use():
            await self._reset_and_continue(state)

    async def _reset_and_continue(self, state: str) -> None:
        with self._news("RESET", "SHUTDOWN", LOST) as news:
            await self._link.execute("system_reset")
            match await news.get():
                case "SHUTDOWN":
                    raise NotRunning(
                        f"{self._console}: QEMU ended instead of resetting (-no-reboot)",
                        state=OFF,
                    )
                case "LOST":
                    raise HungUp
        if state in STUCK:
            await self._link.execute("cont")

    async def _restart(self, progress: Callable[[str], None]) -> None:
        console, limits = self._console, self._limits
        state = await self._state()
        born = self._link.birth
        if state not in STUCK:
            demand_running(console, "restart", state)
            with self._news("SHUTDOWN", "RESET", LOST) as news:
                await self._link.execute("system_powerdown")
                progress(f"{console}: power button pressed; {limits.shutdown:g} s to shut down")
                state = await self._after_shutdown(news, born)
        if state in STUCK:
            progress(f"{console}: in state {state}; starting it again")
            await self._reset(state)
        elif state == OFF:
            progress(f"{console}: QEMU ended; {limits.relaunch:g} s to be started again")
            await until_relaunched(console, limits.relaunch, lambda: self._relaunched(born))
        progress(f"{console}: booting")

    async def _after_shutdown(self, news: asyncio.Queue[str], born: Birth) -> str:
        """Wait until the guest has shut down or boots already; give the VM's state."""
        try:
            async with asyncio.timeout(self._limits.shutdown):
                while await self._next(news) != "RESET":
                    state = await self._seen()
                    if state == OFF or state in STUCK or self._link.birth != born:
                        return state
        except TimeoutError:
            raise unheeded(self._console, self._limits.shutdown, await self._seen()) from None
        return RUNNING

    async def _next(self, news: asyncio.Queue[str]) -> str:
        """Give the next event; without a connection of our own, nothing, some time later."""
        if not self._link.shared:
            return await news.get()
        await asyncio.sleep(LOOK_SECONDS)
        return ""

    async def _relaunched(self, born: Birth) -> bool:
        return await self._seen() != OFF and self._link.birth != born

    async def _seen(self) -> str:
        """Give the VM's state; `off` where QEMU cannot be asked."""
        try:
            return await self._state()
        except (ControlBusy, PortTimeout):
            return UNKNOWN if self._link.shared else OFF
        except (HungUp, Problem):
            return OFF


def _at(stamp: object) -> float:
    """Read an event's time: seconds since 1970."""
    match stamp:
        case {"seconds": int(seconds), "microseconds": int(microseconds)}:
            with contextlib.suppress(OverflowError):  # out of range for a time
                return seconds + microseconds / 1e6
    return 0.0
