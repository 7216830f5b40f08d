"""The parts of a console that its sessions use: its stream and the way to its guest."""

from collections.abc import Callable
from typing import Any

from com1d.bootlog.console_log import ConsoleLog
from com1d.config import ConsoleConfig
from com1d.core.guest.caution import SHOWN_BYTES
from com1d.core.guest.states import State, family, may_be_windows
from com1d.core.stream.ring import Ring
from com1d.guest.guest_watch import GuestWatch
from com1d.guest.identity import Identity
from com1d.input.input import Input
from com1d.loop.memory import Memory
from com1d.loop.vault import Vault
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one console. None of them knows the console or its sessions."""

    config: ConsoleConfig
    ring: Ring
    log: ConsoleLog
    input: Input
    watch: GuestWatch
    identity: Identity
    memory: Memory
    vault: Vault
    why_down: Callable[[], str]
    """Gives why the port is down, for people."""

    @property
    def name(self) -> str:
        """The console's name in the configuration."""
        return self.config.name

    @property
    def may_be_windows(self) -> bool:
        """Whether the guest could be Windows, by the configuration and its output so far."""
        return may_be_windows(self.config.guest, self.watch.state)

    def end_at_sac(self) -> bytes | None:
        """Give the end of the guest's output while it is at `SAC>`, else None."""
        if self.watch.state is not State.SAC:
            return None
        start = max(self.ring.start, self.ring.end - SHOWN_BYTES)
        return self.ring.read(start, self.ring.end - start)

    def standing(self) -> dict[str, Any]:
        """Give the members of the event `attached` that describe the console."""
        return {
            "console": self.name,
            "uuid": self.identity.uuid or None,
            "offset": self.ring.end,
            "boot": self.log.boot,
            "logged": self.log.store is not None,
            "connected": self.input.connected,
            "reason": None if self.input.connected else self.why_down(),
            "guest_state": self.watch.state.value,
            "guest": family(self.config.guest, self.watch.state),
        }
