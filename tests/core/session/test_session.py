"""The session rule: one active session, the newest wins, input never interleaves."""

from itertools import groupby

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from com1d.core.session.session import (
    TRANSITIONS,
    WAITING_MAX,
    Admit,
    HandOver,
    IllegalMove,
    Move,
    Preempt,
    Promote,
    Refused,
    Sessions,
    SessionState,
)
from com1d.core.stream.transmit import HARD_BYTES, TransmitQueue
from com1d.wire.words import Mode


ACTIVE, OBSERVE = Mode.ACTIVE, Mode.OBSERVE


@pytest.mark.parametrize(
    ("attached", "attach", "expected"),
    [
        ([], (1, ACTIVE, True), [Admit(1, ACTIVE)]),
        ([], (1, OBSERVE, True), [Admit(1, OBSERVE)]),
        ([], (1, ACTIVE, False), [Admit(1, ACTIVE)]),
        ([(1, ACTIVE)], (2, ACTIVE, True), [Preempt(1, by=2), Admit(2, ACTIVE)]),
        ([(1, ACTIVE)], (2, OBSERVE, True), [Admit(2, OBSERVE)]),
        ([(1, OBSERVE)], (2, ACTIVE, False), [Admit(2, ACTIVE)]),
        ([(1, OBSERVE), (2, ACTIVE)], (3, ACTIVE, True), [Preempt(2, by=3), Admit(3, ACTIVE)]),
    ],
)
def test_attach(attached, attach, expected):
    """Who is let in, and who has to go before, for every constellation."""
    sessions = Sessions()
    for session, mode in attached:
        sessions.attach(session, mode)
    session, mode, preempt = attach

    assert expected == sessions.attach(session, mode, preempt=preempt)


def test_who_waits_is_seated_in_turn():
    """With `wait` nobody is preempted; the seat goes to the first in the queue when it is free."""
    sessions = Sessions()
    assert [Admit(1, ACTIVE)] == sessions.attach(1, ACTIVE, wait=True)
    for session in (2, 3, 4):
        assert [Admit(session, OBSERVE)] == sessions.attach(session, ACTIVE, wait=True)
    assert (2, 3, 4) == sessions.waiting

    assert [] == sessions.detach(3)
    assert [Promote(2)] == sessions.detach(1)
    assert [Promote(4)] == sessions.detach(2)
    assert [] == sessions.detach(4)
    assert (sessions.active, len(sessions)) == (None, 0)
    assert not sessions.waiting


def test_who_preempts_passes_the_queue():
    """The newest active session still wins; those who wait go on waiting for its end."""
    sessions = Sessions()
    sessions.attach(1, ACTIVE)
    sessions.attach(2, ACTIVE, wait=True)

    assert [Preempt(1, by=3), Admit(3, ACTIVE)] == sessions.attach(3, ACTIVE)

    assert (2,) == sessions.waiting
    assert [] == sessions.detach(1)
    assert [Promote(2)] == sessions.detach(3)


def test_the_holder_may_grant_its_seat():
    """Anybody in the queue can get it, whatever his place; the holder's session ends."""
    sessions = Sessions()
    sessions.attach(1, ACTIVE)
    for session in (2, 3):
        sessions.attach(session, ACTIVE, wait=True)

    assert [HandOver(1, to=3), Promote(3)] == sessions.grant(3)

    assert (3, (2,), 2) == (sessions.active, sessions.waiting, len(sessions))
    for nobody in (1, 3, 7):
        with pytest.raises(IllegalMove, match="does not wait"):
            sessions.grant(nobody)


def test_the_queue_is_bounded():
    """One more than `WAITING_MAX` is refused, and nothing has changed."""
    sessions = Sessions()
    sessions.attach(0, ACTIVE)
    for session in range(1, WAITING_MAX + 1):
        sessions.attach(session, ACTIVE, wait=True)

    assert Refused(WAITING_MAX) == sessions.ask(ACTIVE, wait=True)
    with pytest.raises(IllegalMove, match="refused"):
        sessions.attach(99, ACTIVE, wait=True)

    assert WAITING_MAX + 1 == len(sessions)


def test_refused_when_asked_not_to_preempt():
    """Neither preempting nor waiting leaves nothing, and nothing has changed."""
    sessions = Sessions()
    sessions.attach(1, ACTIVE)

    assert Refused(0) == sessions.ask(ACTIVE, preempt=False)
    with pytest.raises(IllegalMove, match="refused"):
        sessions.attach(2, ACTIVE, preempt=False)

    assert (1, 1) == (sessions.active, len(sessions))


@pytest.mark.parametrize("state", SessionState)
@pytest.mark.parametrize("move", Move)
def test_the_table_is_all_there_is(state: SessionState, move: Move):
    """A move that the table does not know raises before anything changes."""
    sessions = Sessions()
    if state is not SessionState.NEW:
        sessions._states[1] = state
    before = dict(sessions._states)

    if (state, move) in TRANSITIONS:
        sessions._move(1, move)
        after = TRANSITIONS[state, move]
        assert (SessionState.NEW if after is SessionState.ENDED else after) == sessions.state(1)
    else:
        with pytest.raises(IllegalMove, match=move.name):
            sessions._move(1, move)
        assert before == sessions._states


def test_a_preempted_session_may_detach_again():
    """The client of a preempted session closes its socket later; that is no error."""
    sessions = Sessions()
    sessions.attach(1, ACTIVE)
    sessions.attach(2, ACTIVE)

    sessions.detach(1)

    assert (2, 1) == (sessions.active, len(sessions))


class OneWriter(RuleBasedStateMachine):
    """A console as the shell drives it, with a line that takes bytes when it likes.

    What the line took is remembered as (session, byte), and preemptions as marks between them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sessions = Sessions()
        self.queue = TransmitQueue()
        self.line: list[int | str] = []
        self.modes: dict[int, Mode] = {}
        self.typed: dict[int, int] = {}
        self.accounted: dict[int, int] = {}
        self.next_session = 1

    @rule(mode=st.sampled_from(Mode), preempt=st.booleans(), wait=st.booleans())
    def attach(self, mode: Mode, preempt: bool, wait: bool) -> None:
        session = self.next_session
        self.next_session += 1
        holder, queue = self.sessions.active, self.sessions.waiting
        answer = self.sessions.ask(mode, preempt=preempt, wait=wait)
        if isinstance(answer, Refused):
            assert mode is ACTIVE
            assert holder is not None
            assert len(queue) == WAITING_MAX if wait else not preempt
            return
        self._obey(self.sessions.attach(session, mode, preempt=preempt, wait=wait))

    @precondition(lambda self: self.sessions.waiting)
    @rule(data=st.data())
    def grant(self, data) -> None:
        session = data.draw(st.sampled_from(self.sessions.waiting))
        self._obey(self.sessions.grant(session))

    def _obey(self, commands) -> None:
        for command in commands:
            match command:
                case Preempt(session) | HandOver(session):
                    self._discard()
                    self.line.append("preemption")
                    del self.modes[session]
                case Admit(session, mode):
                    self.modes[session] = mode
                case Promote(session):
                    self.modes[session] = ACTIVE

    @precondition(lambda self: self.modes)
    @rule(data=st.data())
    def detach(self, data) -> None:
        session = data.draw(st.sampled_from(sorted(self.modes)))
        del self.modes[session]
        self._obey(self.sessions.detach(session))

    @precondition(lambda self: self.next_session > 1)
    @rule(data=st.data(), count=st.integers(1, 9000))
    def type(self, data, count: int) -> None:
        """Any session tries to type, also observers and sessions that are long gone."""
        session = data.draw(st.integers(1, self.next_session - 1))
        if session != self.sessions.active:
            return
        if self.queue.owner not in (None, session):
            self._discard()
            self.line.append("departure")
        count = min(count, self.queue.room)
        self.queue.put(session, b"." * count)
        self.typed[session] = self.typed.get(session, 0) + count

    @rule(count=st.integers(0, 20_000))
    def drain(self, count: int) -> None:
        owner = self.queue.owner
        taken = len(self.queue.peek(count))
        self.queue.advance(taken)
        if owner is not None and taken:
            self.line.append(owner)
            self.accounted[owner] = self.accounted.get(owner, 0) + taken

    def _discard(self) -> None:
        owner = self.queue.owner
        count = self.queue.discard()
        if owner is not None:
            self.accounted[owner] = self.accounted.get(owner, 0) + count

    @invariant()
    def one_active_session_that_is_attached(self) -> None:
        active = [s for s, mode in self.modes.items() if mode is ACTIVE]
        assert len(active) <= 1
        assert next(iter(active), None) == self.sessions.active
        assert len(self.modes) == len(self.sessions)

    @invariant()
    def observers_never_write(self) -> None:
        assert all(self.modes.get(s) is not OBSERVE for s in self.line if isinstance(s, int))

    @invariant()
    def nobody_waits_for_a_free_seat(self) -> None:
        waiting = self.sessions.waiting
        assert not waiting or self.sessions.active is not None
        assert len(waiting) <= WAITING_MAX
        assert all(self.modes[session] is OBSERVE for session in waiting)

    @invariant()
    def every_typed_byte_is_sent_waiting_or_counted(self) -> None:
        for session, count in self.typed.items():
            waiting = self.queue.size if self.queue.owner == session else 0
            assert count == self.accounted.get(session, 0) + waiting

    @invariant()
    def the_queue_is_bounded(self) -> None:
        assert self.queue.size <= HARD_BYTES

    @invariant()
    def no_return_of_an_earlier_writer(self) -> None:
        """Each session writes in one stretch: who was preempted, or left, is never heard again."""
        writers = [s for s in self.line if isinstance(s, int)]
        stretches = [s for s, _ in groupby(writers)]
        assert len(stretches) == len(set(stretches))


TestOneWriter = OneWriter.TestCase
