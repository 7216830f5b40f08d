"""The VM behind a console: NMI, reset, restart and break, and what its hypervisor tells."""

import asyncio
from collections.abc import Callable
from typing import Any

from com1d import control
from com1d.config import ConsoleConfig
from com1d.control import Ability, Control, VmEvent
from com1d.control.attempt import AFTERWARDS_SECONDS
from com1d.control.base import RUNNING
from com1d.errors import NotRunning, Problem, Unsupported
from com1d.guest.vm_news import VmNews
from com1d.ports.base import Port
from com1d.wire.words import ANY


def make_control(config: ConsoleConfig, port: Port) -> Control | None:
    """Make the control that the configuration names; a `demo:` port brings its own."""
    if config.port.kind == "demo":
        from com1d.guest.demo_control import DemoControl  # noqa: PLC0415 -- hardly ever there

        return DemoControl(port, config.name)
    if config.control is None:
        return None
    found_port = config.port.path if config.discovered is not None else ""
    shared = config.monitor == "shared" or (config.monitor == ANY and config.discovered is not None)
    return control.make(
        config.control,
        config.name,
        config.port.target,
        found_port,
        shared=shared,
        domain=config.domain or config.vm or "",
    )


class Vm:
    """The verbs that act on a VM from outside, and the events of its hypervisor."""

    __slots__ = ("_config", "_control", "_news", "_restarts", "_tell", "unserved")

    def __init__(
        self, config: ConsoleConfig, port: Port, tell: Callable[[VmEvent | str], None]
    ) -> None:
        """Find the console's control, if it has one. `tell` gets events, and words on the way."""
        self._config = config
        self._control = make_control(config, port)
        self._tell = tell
        self._news = VmNews(tell)
        self._restarts: set[asyncio.Task[None]] = set()
        self.unserved = False
        """Whether the VM ran without its port being open, at the last look."""

    def start(self) -> None:
        """Begin to listen to the hypervisor."""
        if self._control is not None:
            self._control.start(self._news.heard)

    async def stop(self) -> None:
        """Stop watching the hypervisor, and drop the callback."""
        if self._restarts:
            for task in self._restarts:
                task.cancel()
            await asyncio.wait(self._restarts)
        self._news.close()
        self._tell = _nobody
        if self._control is not None:
            await self._control.stop()
            self._control = None  # the control holds a reference to us

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        if self._news.waits:
            return "its hypervisor tells too much at once"
        return "its VM is being restarted" if self._restarts else ""

    def port_came_up(self) -> None:
        """Look for the hypervisor now, because the VM's port came up."""
        self.unserved = False
        if self._control is not None:
            self._control.retry()

    @property
    def is_controlled(self) -> bool:
        """Whether there is anybody to ask what the VM does."""
        return self._control is not None

    @property
    def abilities(self) -> frozenset[str]:
        """What the control can do."""
        control = self._control
        return frozenset() if control is None else frozenset(map(str, control.capabilities))

    def describe(self) -> dict[str, Any] | None:
        """Give the control and what it can do, as the interface shows it."""
        if self._control is None:
            return None
        can = sorted(self._control.capabilities)
        return {"kind": self._control.name, "can": can, "hears": self._control.hears}

    @property
    def teller(self) -> Control | None:
        """Whoever can be asked for the VM's UUID; None where a discovery knows it, or nobody."""
        return None if self._config.uuid else self._control

    async def nmi(self) -> None:
        """Send a non-maskable interrupt. Raises `Problem`."""
        await self._with(Ability.NMI).nmi()

    async def reset(self) -> None:
        """Press the reset button. Raises `Problem`."""
        await self._with(Ability.RESET).reset()

    async def restart(self) -> None:
        """Have the guest shut down and boot anew. Raises `Problem`.

        It goes on when its client leaves, because half of a restart is a VM that is off.
        """
        work = self._with(Ability.RESTART).restart(self._tell)
        task = asyncio.get_running_loop().create_task(work)
        self._restarts.add(task)
        task.add_done_callback(self._restarted)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise NotRunning(
                    f"{self._config.name}: com1d stops serving this console in the middle of a "
                    "restart; look whether the VM came back"
                ) from None
            raise

    def _restarted(self, task: asyncio.Task[None]) -> None:
        self._restarts.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Problem):  # for attached clients; the one that asked may have left
            self._tell(f"restart: {error.detail}")

    async def send_break(self) -> None:
        """Send a break through the hypervisor. Raises `Problem`."""
        await self._with(Ability.BREAK).send_break()

    async def press(self, keys: list[str]) -> None:
        """Press keys on the emulated keyboard, by name, all or none. Raises `Problem`."""
        await self._with(Ability.KEYBOARD).press(keys)

    async def standing(self) -> dict[str, str]:
        """Give the VM's state for the answer to a verb; empty where the hypervisor is too slow."""
        if self._control is None:
            return {}
        try:
            async with asyncio.timeout(AFTERWARDS_SECONDS):
                return {"state": await self._control.status()}
        except (TimeoutError, Problem):
            return {}

    async def look(self, port_is_up: Callable[[], bool]) -> None:
        """Find out whether the VM runs while its port is down, which nobody else would notice."""
        running = not port_is_up() and (await self.standing()).get("state") == RUNNING
        self.unserved = running and not port_is_up()

    def _with(self, ability: Ability) -> Control:
        name = self._config.name
        if self._control is None:
            raise Unsupported(
                f"{name}: {ability} needs the hypervisor: set `control` for this console, "
                'for example "qmp:/run/qemu/web01.qmp"'
            )
        if ability not in self._control.capabilities:
            raise Unsupported(f"{name}: {self._control.name} control offers no {ability}")
        return self._control


def _nobody(_news: VmEvent | str) -> None:
    """Tell nobody: the console is gone."""
