"""The interface of every kind of control: act on a VM from outside, through its hypervisor.

A `Control` is configured once and lives as long as its console. None of its verbs needs a session
or disturbs one. A verb that was carried out returns. Every other outcome is a `Problem` that names
the console and a remedy, with the VM's state afterwards in `extra["state"]` where that is known.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final, Protocol

from com1d.values import dataclass


RUNNING: Final = "running"
"""The state of a VM whose guest runs."""

OFF: Final = "off"
"""There is no hypervisor process, or it does not listen."""

RESTARTING: Final = "restarting"
"""A restart is under way, so that the state may change any moment."""


class Ability(StrEnum):
    """Abilities that a control may have."""

    NMI = "nmi"
    RESET = "reset"
    RESTART = "restart"
    BREAK = "break"
    KEYBOARD = "keyboard"
    """`press`: a keyboard that the hypervisor emulates."""


class What(StrEnum):
    """What happened to a VM."""

    RESET = "reset"
    """A boot begins, in the same hypervisor process."""
    SHUTDOWN = "shutdown"
    PAUSED = "paused"
    RESUMED = "resumed"
    POWER_BUTTON = "power-button"
    """Somebody asked the guest to shut down."""
    PANIC = "panic"
    """The guest's kernel has crashed: STOP error, kernel panic."""
    CRASH_DUMP = "crash-dump"
    """The guest's kernel has crashed, and its crash kernel writes a dump."""
    WATCHDOG = "watchdog"
    """The guest did not feed its watchdog in time."""
    SKIPPED = "skipped"
    """Events came faster than they are told; `cause` has their number."""


@dataclass(frozen=True, slots=True)
class VmEvent:
    """Something that happened to a VM, as its hypervisor tells it."""

    what: What
    cause: str = ""
    """In the hypervisor's words, such as `host-qmp-system-reset`; empty where it gives none."""
    detail: Mapping[str, str] = field(default_factory=dict)
    """More, by key: a panic of Windows has `stop_code` and `parameters`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of the verbs, in seconds."""

    answer: float = 5.0
    """NMI, break, keys, status: a hypervisor answers within a millisecond, unless its host's disks
    hold it up."""
    reset: float = 10.0
    shutdown: float = 120.0
    """The first part of a restart, from the power button to the guest's end."""
    relaunch: float = 60.0
    """The second part, where the hypervisor's process ends with its guest and systemd, for example,
    starts another."""

    @property
    def restart(self) -> float:
        """A whole restart: the guest's end, then the longer of the two ways to start again."""
        return self.shutdown + max(self.relaunch, self.reset)


LIMITS: Final = Limits()


class Control(Protocol):
    """The hypervisor's side of one VM.

    The verbs raise `NotRunning`, `Unsupported`, `ControlBusy`, `ControlRefused` and `PortTimeout`.
    Any of them may be called at any time after `start`, several at once too.
    """

    @property
    def name(self) -> str:
        """The kind, as the configuration writes it before the colon."""

    @property
    def hears(self) -> bool:
        """Whether it is told of what others do to the VM, and what its guest does."""

    @property
    def capabilities(self) -> frozenset[Ability]:
        """Its abilities; every other verb raises `Unsupported`."""

    def start(self, on_event: Callable[[VmEvent], None]) -> None:
        """Begin to watch the hypervisor, until `stop`. `on_event` is called from the loop."""

    async def stop(self) -> None:
        """End all that `start` began. Verbs that are under way fail; none works afterwards."""

    def retry(self) -> None:
        """Look for the hypervisor now, because something changed, such as the VM's port came up."""

    async def status(self) -> str:
        """Give the VM's state: `running`, `paused`, `shutdown`, `off`, or a word like these."""

    async def uuid(self) -> str:
        """Give the VM's UUID; empty where it has none.

        Raises `Problem` and `HungUp` where the hypervisor does not tell.
        """

    def birth(self) -> Hashable:
        """Give what is another with each process of the hypervisor; None where none is seen."""

    async def nmi(self) -> None:
        """Send a non-maskable interrupt: most guests answer with a crash dump or a debugger."""

    async def reset(self) -> None:
        """Press the reset button: the guest boots anew, without being asked."""

    async def restart(self, progress: Callable[[str], None]) -> None:
        """Have the guest shut down and boot anew; `progress` gets a line at every step.

        A guest that does not shut down in time is left as it is: `PortTimeout`.
        """

    async def send_break(self) -> None:
        """Send a break on COM1."""

    async def press(self, keys: list[str]) -> None:
        """Press keys on the emulated keyboard, one after the other, by the names of `core.keys`.

        Raises `BadRequest` for an unknown one, and then presses none.
        """
