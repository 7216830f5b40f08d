"""The sessions of a console: one active, any number of observers, a queue.

The rule is Azure Serial Console's: the newest active session wins, and the earlier one is told by
whom it was preempted. It is written down once, as the table `TRANSITIONS`; `Sessions` consults it
before anything changes, so a refused or illegal move leaves no trace.

A session that does not want to preempt may wait in the queue, and observes meanwhile. When the
active session ends, the first in the queue gets the seat; the active session may also grant its
seat to any session in the queue.

What the active session types stays in the port's transmit queue until the line takes it. At a
preemption the rest of it is discarded and counted, so that the new user's first byte never follows
the old user's last one on the line without the preemption between them.
"""

from enum import Enum, auto
from typing import Final, TypeAlias

from com1d.core.carried import carried, carried_enum
from com1d.values import dataclass
from com1d.wire.words import Mode


@carried_enum
class SessionState(Enum):
    """The state of a session."""

    NEW = auto()
    ACTIVE = auto()
    OBSERVING = auto()
    WAITING = auto()
    """Observing, until the active session ends or grants its seat."""
    ENDED = auto()


class Move(Enum):
    """What can happen to a session."""

    SEAT = auto()
    """It becomes the active session."""
    OBSERVE = auto()
    WAIT = auto()
    """It queues for the seat."""
    PREEMPT = auto()
    """Another session takes its place."""
    END = auto()
    """Its client left, or the daemon sent it away."""


TRANSITIONS: Final[dict[tuple[SessionState, Move], SessionState]] = {
    (SessionState.NEW, Move.SEAT): SessionState.ACTIVE,
    (SessionState.NEW, Move.OBSERVE): SessionState.OBSERVING,
    (SessionState.NEW, Move.WAIT): SessionState.WAITING,
    (SessionState.WAITING, Move.SEAT): SessionState.ACTIVE,
    (SessionState.WAITING, Move.END): SessionState.ENDED,
    (SessionState.ACTIVE, Move.PREEMPT): SessionState.ENDED,
    (SessionState.ACTIVE, Move.END): SessionState.ENDED,
    (SessionState.OBSERVING, Move.END): SessionState.ENDED,
}
"""Every legal move. Whatever is not here raises `IllegalMove`."""


class IllegalMove(RuntimeError):
    """The daemon asked for a move that the table does not know: a bug, never a user's fault."""


SessionId: TypeAlias = int

WAITING_MAX: Final = 16
"""Sessions that may wait for one console. A user further back does better to call the others."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer to an attach that would neither preempt nor wait, or cannot wait."""

    waiting: int
    """The number of waiting sessions where the queue is full; else 0."""


@dataclass(frozen=True, slots=True)
class Preempt:
    """Tell `session` that `by` took its place, then close it. What it typed is no longer sent."""

    session: SessionId
    by: SessionId


@dataclass(frozen=True, slots=True)
class HandOver:
    """Tell `session` that `to` has the seat that it gave away, then close it."""

    session: SessionId
    to: SessionId


@dataclass(frozen=True, slots=True)
class Admit:
    """Let `session` in; start its stream. One that waits for the seat observes meanwhile."""

    session: SessionId
    mode: Mode


@dataclass(frozen=True, slots=True)
class Promote:
    """Give the seat to `session`, which waited: it is the active one from now on."""

    session: SessionId


Command: TypeAlias = Preempt | HandOver | Admit | Promote


@carried()
class Sessions:
    """The sessions of one console."""

    __slots__ = ("_states", "_waiting", "active")

    def __init__(self) -> None:
        self.active: SessionId | None = None
        self._waiting: list[SessionId] = []
        self._states: dict[SessionId, SessionState] = {}

    @property
    def waiting(self) -> tuple[SessionId, ...]:
        """Sessions that wait for the seat, first come first."""
        return tuple(self._waiting)

    def ask(self, mode: Mode, *, preempt: bool = True, wait: bool = False) -> Move | Refused:
        """Give the command that an attach would cause now. Changes nothing.

        Where somebody holds the active session that it wants, it waits with `wait`, else it
        preempts with `preempt`. With neither it is refused, or where `WAITING_MAX` wait already.
        """
        if mode is Mode.OBSERVE:
            return Move.OBSERVE
        if self.active is None or (preempt and not wait):
            return Move.SEAT
        if not wait:
            return Refused(0)
        return Move.WAIT if len(self._waiting) < WAITING_MAX else Refused(len(self._waiting))

    def attach(
        self, session: SessionId, mode: Mode, *, preempt: bool = True, wait: bool = False
    ) -> list[Command]:
        """Let a new session in as `ask` says, and say in order what has to be done.

        Raises `IllegalMove` where `ask` refuses: ask first, in the same turn.
        """
        move = self.ask(mode, preempt=preempt, wait=wait)
        if isinstance(move, Refused):
            raise IllegalMove(f"session {session} was refused: it cannot attach")
        self._move(session, move)
        if move is Move.WAIT:
            self._waiting.append(session)
        if move is not Move.SEAT:
            return [Admit(session, Mode.OBSERVE)]
        earlier, self.active = self.active, session
        if earlier is None:
            return [Admit(session, mode)]
        self._move(earlier, Move.PREEMPT)
        return [Preempt(earlier, by=session), Admit(session, mode)]

    def detach(self, session: SessionId) -> list[Command]:
        """Forget a session whose client left; give the commands for the next one.

        Nothing happens when it was preempted, or handed its seat over, before.
        """
        if session not in self._states:
            return []
        self._move(session, Move.END)
        if session in self._waiting:
            self._waiting.remove(session)
        if self.active != session:
            return []
        self.active = None
        return self._seat(self._waiting[0]) if self._waiting else []

    def grant(self, session: SessionId) -> list[Command]:
        """Give the seat of the active session to one of those who wait."""
        earlier = self.active
        if earlier is None or session not in self._waiting:
            raise IllegalMove(f"session {session} does not wait: no seat can be granted to it")
        self._move(earlier, Move.END)
        return [HandOver(earlier, to=session), *self._seat(session)]

    def _seat(self, session: SessionId) -> list[Command]:
        self._move(session, Move.SEAT)
        self._waiting.remove(session)
        self.active = session
        return [Promote(session)]

    def state(self, session: SessionId) -> SessionState:
        """Give a session's state; `NEW` also for an unknown one, since ended ones are forgotten."""
        return self._states.get(session, SessionState.NEW)

    def __len__(self) -> int:
        """Count the sessions that are attached, active and observing."""
        return len(self._states)

    def _move(self, session: SessionId, move: Move) -> None:
        state = self.state(session)
        try:
            after = TRANSITIONS[state, move]
        except KeyError:
            raise IllegalMove(f"session {session} is {state.name}: no {move.name}") from None
        if after is SessionState.ENDED:
            del self._states[session]
        else:
            self._states[session] = after
