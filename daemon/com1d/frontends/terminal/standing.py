"""What is known of a console and of one's own session: what the menu offers follows from it."""

from dataclasses import dataclass
from typing import Any

from com1d.frontends.session.attachment import ACTIVE, OBSERVE
from com1d.frontends.words.states import SAC, SHELL
from com1d.frontends.words.visible import visible


@dataclass(slots=True)
class Standing:
    """The present state, kept up to date by the session's events and the daemon's answers."""

    mode: str = ACTIVE
    asked_by: str = ""
    """Who asks for the active session, safe to print; empty when nobody does."""
    windows: bool = False
    """Whether the guest is known to be Windows, and has a SAC."""
    at_shell: bool = False
    """Whether the guest is at a Linux shell, which takes the terminal's size."""
    full_screen: bool = False
    """Whether a program of the guest has the whole screen."""
    jobs: bool = False
    """Whether a shell controls this process, and can let it go on after it was stopped."""
    connected: bool = True
    can: frozenset[str] = frozenset()
    """What port and hypervisor can do for it: `break`, `keyboard`, `nmi`, `reset`, `restart`."""
    role: str = ""
    logged: bool = True
    """Whether there is a boot diagnostics log."""
    held: bool = False
    """Whether somebody has the active session."""
    others: int = 0
    """How many others are on."""

    @property
    def types(self) -> bool:
        """Whether this session is the active one, or waits to become it."""
        return self.mode != OBSERVE

    @property
    def may_act(self) -> bool:
        """Whether the user may do more than watch: his role says so, or that he types."""
        return self.types or self.role not in ("", "reader")

    def guest_is(self, state: str) -> None:
        """Take note of the guest's state."""
        self.at_shell = state == SHELL
        self.windows = self.windows or state in SAC

    def learn(self, console: dict[str, Any]) -> None:
        """Take note of what the daemon says of the console."""
        people = sum(len(console.get(each) or ()) for each in ("observers", "waiting"))
        self.held = console.get("active") is not None
        self.others = max(0, people + self.held - 1)
        self.can = frozenset(map(str, console.get("can") or ()))
        self.role = visible(str(console.get("role") or ""))
        self.connected = bool(console.get("connected"))
        self.logged = console.get("log") is not None
