"""Leaves a Windows guest safe when its user has gone: `on_disconnect = "lock"`.

COM1 has no carrier, so a guest never learns that its user has hung up: whoever comes next finds the
Command Prompts as they were left, logged in. SAC's `lock` makes each ask for a login again.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Protocol, TypeAlias

from com1d.config import ConsoleConfig
from com1d.core.guest import sac
from com1d.core.guest.dialogue import Done, Failed
from com1d.core.guest.states import LINUX, SAC_STATES
from com1d.core.session.session import SessionId
from com1d.errors import Problem
from com1d.guest.guest_watch import GuestWatch
from com1d.input.conversation import Conversation
from com1d.input.input import Input
from com1d.telemetry import facts


LOCK: Final = "lock"
"""The setting of `on_disconnect`."""

LONGEST_SECONDS: Final = 10.0
"""How long the next user waits for it at most. A repaint and an answer take half a second."""

STOPPED: Final = "stopped"
"""The outcome of a session that ends because the daemon does."""

Leaving: TypeAlias = tuple[facts.Who, str, SessionId]
"""Whose session has ended: who, on which console, and its number."""


class Place(Protocol):
    """What leaving needs of the console."""

    config: ConsoleConfig
    input: Input
    watch: GuestWatch

    @property
    def connected(self) -> bool:
        """Whether the port is open."""


class Farewell:
    """One console's. At most one is under way, and nobody types meanwhile."""

    __slots__ = ("_began", "_conversation", "_leaving", "_over", "_place", "_record")

    def __init__(self, place: Place, record: Callable[[facts.Fact], Any]) -> None:
        """Have nothing to do yet."""
        self._place = place
        self._record = record
        self._conversation: Conversation | None = None
        self._leaving: Leaving | None = None
        self._over: Callable[[str | None], None] = lambda _: None
        self._began = 0.0

    @property
    def under_way(self) -> bool:
        """Whether the next user has to wait."""
        return self._conversation is not None

    def begin(self, leaving: Leaving, outcome: str, over: Callable[[str | None], None]) -> None:
        """Lock the guest, if this console wants that and the guest is at SAC.

        `outcome` says how the session ended. If `under_way` is true afterwards, `over` will be
        called, with what went wrong; else nothing is to be waited for.
        """
        config = self._place.config
        if config.on_disconnect != LOCK or config.guest == LINUX:
            return
        self._leaving, self._over, self._began = leaving, over, monotonic()
        if reason := self._obstacle(outcome):
            self._tell("skipped", reason)
            return
        try:
            self._conversation = Conversation(
                self._place.input, leaving[2], sac.lock(), LONGEST_SECONDS, self._ended
            )
        except Problem as problem:
            self._tell("failed", problem.detail)

    def close(self) -> None:
        """Leave it: the console is going away."""
        if self._conversation is not None:
            self._over = lambda _: None
            self._conversation.cancel("com1d stops")

    def _obstacle(self, outcome: str) -> str | None:
        state = self._place.watch.state
        if outcome == STOPPED:
            return "com1d stops"
        if not self._place.connected:
            return "the port is down"
        if state not in SAC_STATES:
            return f"the guest is not at SAC, by the look of its output: {state}"
        return None

    def _ended(self, outcome: Done | Failed) -> None:
        self._conversation = None
        problem = outcome.reason if isinstance(outcome, Failed) else None
        self._tell("failed" if problem else "locked", problem)
        self._over(problem)

    def _tell(self, outcome: str, reason: str | None) -> None:
        if self._leaving is not None:
            seconds = round(monotonic() - self._began, 3)
            self._record(facts.SessionSecured(*self._leaving, outcome, reason, seconds))
