"""The VM behind a console: NMI, reset, restart and break, and what its hypervisor tells."""

from collections.abc import Callable
from typing import Any

from com1d import control
from com1d.config import ConsoleConfig
from com1d.control import Ability, Control, VmEvent
from com1d.errors import Unsupported
from com1d.ports.base import Port


def make_control(config: ConsoleConfig, port: Port) -> Control | None:
    """Make the control that the configuration names; a `demo:` port brings its own."""
    if config.port.kind == "demo":
        from com1d.runtime.demo_control import DemoControl  # noqa: PLC0415 -- hardly ever there

        return DemoControl(port, config.name)
    if config.control is None:
        return None
    return control.make(config.control, config.name, config.port.target)


class Vm:
    """The verbs that act on a VM from outside, and what its hypervisor tells."""

    __slots__ = ("_config", "_control", "_tell")

    def __init__(
        self, config: ConsoleConfig, port: Port, tell: Callable[[VmEvent | str], None]
    ) -> None:
        """Find the console's control, if it has one. `tell` gets events, and words on the way."""
        self._config = config
        self._control = make_control(config, port)
        self._tell = tell

    def start(self) -> None:
        """Begin to listen to the hypervisor."""
        if self._control is not None:
            self._control.start(self._tell)

    async def stop(self) -> None:
        """Let go of the hypervisor."""
        if self._control is not None:
            await self._control.stop()

    def port_came_up(self) -> None:
        """Look for the hypervisor now: its VM is there."""
        if self._control is not None:
            self._control.retry()

    def describe(self) -> dict[str, Any] | None:
        """Give the control and what it can do, as the interface shows it."""
        if self._control is None:
            return None
        return {"kind": self._control.name, "can": sorted(self._control.capabilities)}

    async def nmi(self) -> None:
        """Send a non-maskable interrupt. Raises `Problem`."""
        await self._with(Ability.NMI).nmi()

    async def reset(self) -> None:
        """Press the reset button. Raises `Problem`."""
        await self._with(Ability.RESET).reset()

    async def restart(self) -> None:
        """Have the guest shut down and boot anew. Raises `Problem`."""
        await self._with(Ability.RESTART).restart(self._tell)

    async def send_break(self) -> None:
        """Send a break through the hypervisor. Raises `Problem`."""
        await self._with(Ability.BREAK).send_break()

    async def ctrl_alt_del(self) -> None:
        """Press Ctrl-Alt-Del on the emulated keyboard. Raises `Problem`."""
        await self._with(Ability.KEYBOARD).ctrl_alt_del()

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
