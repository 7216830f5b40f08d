"""Leaves a Windows guest safe when its user has gone: `on_disconnect = "lock"`.

COM1 has no carrier, so a guest never learns that its user has hung up: whoever comes next finds the
Command Prompts as they were left, logged in. SAC's `lock` makes each ask for a login again.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from com1d.core.guest import sac
from com1d.core.guest.dialogue import Done, Failed
from com1d.core.guest.states import LINUX, SAC_STATES
from com1d.errors import Problem
from com1d.input.conversation import Conversation
from com1d.sessions.parts import Parts
from com1d.sessions.session import Session
from com1d.telemetry import facts
from com1d.wire import Outcome


LOCK: Final = "lock"
"""The setting of `on_disconnect`."""

LONGEST_SECONDS: Final = 10.0
"""How long the next user waits for it at most. A repaint and an answer take half a second."""


class Farewell:
    """One console's. At most one is under way, and nobody types meanwhile."""

    __slots__ = ("_began", "_conversation", "_over", "_parts", "_record", "leaving")

    def __init__(
        self,
        parts: Parts,
        record: Callable[[facts.Fact], Any],
        over: Callable[[str | None], None],
    ) -> None:
        """Have nothing to do yet. `over` hears that a lock has ended, and what went wrong."""
        self._parts = parts
        self._record = record
        self._over = over
        self._conversation: Conversation | None = None
        self.leaving: Session | None = None
        """Behind whom the guest is being locked."""
        self._began = 0.0

    @property
    def under_way(self) -> bool:
        """Whether the next user has to wait."""
        return self._conversation is not None

    def begin(self, leaving: Session) -> None:
        """Lock the guest behind a session, if this console wants that and the guest is at SAC.

        If `under_way` is true afterwards, `over` will be called; else nothing is to be waited for.
        """
        config = self._parts.config
        if config.on_disconnect != LOCK or config.guest == LINUX:
            return
        self.leaving, self._began = leaving, monotonic()
        if reason := self._obstacle(leaving.outcome):
            self._tell("skipped", reason)
            return
        try:
            self._conversation = Conversation(
                self._parts.input, leaving.number, sac.lock(), LONGEST_SECONDS, self._ended
            )
        except Problem as problem:
            self._tell("failed", problem.detail)

    def close(self) -> None:
        """Leave it: the console is going away."""
        self._over = _nobody
        if self._conversation is not None:
            self._conversation.cancel("com1d stops")

    def _obstacle(self, outcome: Outcome | None) -> str | None:
        state = self._parts.watch.state
        if outcome is Outcome.STOPPED:
            return "com1d stops"
        if not self._parts.input.connected:
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
        leaving, self.leaving = self.leaving, None
        if leaving is not None:
            seconds = round(monotonic() - self._began, 3)
            self._record(facts.SessionSecured(*leaving.key, outcome, reason, seconds))


def _nobody(_problem: str | None) -> None:
    """Tell nobody."""
