"""The hypervisor's side of the simulated guest of a `demo:` port."""

from collections.abc import Callable
from typing import Final

from com1d import control
from com1d.control import Ability, VmEvent
from com1d.errors import Unsupported
from com1d.ports.base import Port
from com1d.ports.demo import DemoPort


class DemoControl:
    """The control of a simulated computer."""

    name: Final = "demo"
    hears: Final = True
    capabilities: Final = frozenset({Ability.NMI, Ability.RESET})

    def __init__(self, port: Port, console: str) -> None:
        """Act on the guest behind `port`, which is a demo port."""
        assert isinstance(port, DemoPort)  # noqa: S101 - for the type checker
        self._port = port
        self._console = console
        self._on_event: Callable[[VmEvent], None] = lambda _: None

    def start(self, on_event: Callable[[VmEvent], None]) -> None:
        """Tell `on_event` of resets."""
        self._on_event = on_event

    async def stop(self) -> None:
        """Nothing runs here."""

    def retry(self) -> None:
        """Nothing to look for."""

    async def status(self) -> str:
        """Give `running`: the simulated guest always runs."""
        return control.RUNNING

    async def uuid(self) -> str:
        """Give none."""
        return ""

    def birth(self) -> None:
        """There is no process."""

    async def nmi(self) -> None:
        """Have the guest stop with a bugcheck."""
        self._port.nmi()

    async def reset(self) -> None:
        """Have the guest boot anew."""
        self._on_event(VmEvent(control.What.RESET, "demo"))
        self._port.reset()

    async def restart(self, progress: Callable[[str], None]) -> None:
        """Refuse: there is no power button."""
        del progress
        raise self._cannot("restart")

    async def send_break(self) -> None:
        """Refuse: the simulated line carries no break."""
        raise self._cannot("break")

    async def press(self, keys: list[str]) -> None:
        """Refuse: there is no keyboard."""
        del keys
        raise self._cannot("keyboard keys")

    def _cannot(self, what: str) -> Unsupported:
        return Unsupported(f"{self._console}: the simulated guest has no {what}")
