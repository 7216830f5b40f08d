"""Who sits at a console: one active session, any number of observers.

The rule is Azure Serial Console's: the newest active session wins, and the earlier one is told by
whom it was preempted. It is written down once, as the table `TRANSITIONS`; `Sessions` consults it
before anything changes, so a refused or illegal move leaves no trace.

What the active session types stays in the port's transmit queue until the line takes it. At a
preemption the rest of it is discarded and counted, so that the new user's first byte never follows
the old user's last one on the line without the preemption between them.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

from com1d.errors import Busy


class Mode(Enum):
    """What a session asks for when it attaches."""

    ACTIVE = "active"
    OBSERVE = "observe"


class State(Enum):
    """Where a session stands."""

    NEW = auto()
    ACTIVE = auto()
    OBSERVING = auto()
    ENDED = auto()


class Move(Enum):
    """What can happen to a session."""

    SEAT = auto()
    """It becomes the active session."""
    OBSERVE = auto()
    PREEMPT = auto()
    """A newer active session takes its place."""
    END = auto()
    """Its client left, or the daemon sent it away."""


TRANSITIONS: Final[dict[tuple[State, Move], State]] = {
    (State.NEW, Move.SEAT): State.ACTIVE,
    (State.NEW, Move.OBSERVE): State.OBSERVING,
    (State.ACTIVE, Move.PREEMPT): State.ENDED,
    (State.ACTIVE, Move.END): State.ENDED,
    (State.OBSERVING, Move.END): State.ENDED,
}
"""Every legal move. Whatever is not here raises `IllegalMove`."""


class IllegalMove(RuntimeError):
    """The daemon asked for a move that the table does not know: a bug, never a user's fault."""


SessionId: TypeAlias = int


@dataclass(frozen=True, slots=True)
class Preempt:
    """Tell `session` that `by` took its place, then close it. What it typed is no longer sent."""

    session: SessionId
    by: SessionId


@dataclass(frozen=True, slots=True)
class Admit:
    """`session` is in; start its stream."""

    session: SessionId
    mode: Mode


Command: TypeAlias = Preempt | Admit


class Sessions:
    """The sessions of one console."""

    __slots__ = ("_states", "active")

    def __init__(self) -> None:
        self.active: SessionId | None = None
        self._states: dict[SessionId, State] = {}

    def attach(self, session: SessionId, mode: Mode, *, preempt: bool = True) -> list[Command]:
        """Let a new session in, and say in order what has to be done.

        Raises `Busy` when it wants the active session, somebody holds it, and `preempt` is false.
        """
        if mode is Mode.OBSERVE:
            self._move(session, Move.OBSERVE)
            return [Admit(session, mode)]
        if self.active is not None and not preempt:
            raise Busy
        commands: list[Command] = []
        earlier = self.active
        self._move(session, Move.SEAT)
        if earlier is not None:
            self._move(earlier, Move.PREEMPT)
            commands.append(Preempt(earlier, by=session))
        self.active = session
        commands.append(Admit(session, mode))
        return commands

    def detach(self, session: SessionId) -> None:
        """Forget a session whose client left; nothing happens when it was preempted before."""
        if session in self._states:
            self._move(session, Move.END)
            if self.active == session:
                self.active = None

    def may_type(self, session: SessionId) -> bool:
        """Whether this session's input may go to the port now."""
        return session == self.active

    def state(self, session: SessionId) -> State:
        """Where a session stands; `NEW` for one that never attached, `ENDED` is forgotten too."""
        return self._states.get(session, State.NEW)

    def __len__(self) -> int:
        """Count the sessions that are attached, active and observing."""
        return len(self._states)

    def _move(self, session: SessionId, move: Move) -> None:
        state = self.state(session)
        try:
            after = TRANSITIONS[state, move]
        except KeyError:
            raise IllegalMove(f"session {session} is {state.name}: no {move.name}") from None
        if after is State.ENDED:
            del self._states[session]
        else:
            self._states[session] = after
