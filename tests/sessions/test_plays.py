"""Who gets the seat, as plays: an event, and all that must follow."""

import pytest

from com1d.clients.client import EVENTS_MAX
from com1d.core.session.session import WAITING_MAX
from com1d.telemetry import facts
from com1d.wire.events import Hint
from com1d.wire.outcome import Outcome
from sessions.playing import perform, stage


PLAYS = {
    "one active session": """
        a attaches      -> a: attached active, replayed
        the seat a      ->
        guest prints hi -> a: hi
        a leaves        ->
        the seat -      ->
    """,
    "the newest wins": """
        a attaches      -> a: attached active, replayed
        b attaches      -> a: preempted, closed 4001; b: attached active, replayed
        the seat b      ->
        guest prints hi -> b: hi
    """,
    "an observer has no seat": """
        o observes      -> o: attached observe, replayed
        the seat -      ->
        a attaches      -> a: attached active, replayed
        p observes      -> p: attached observe, replayed
        guest prints hi -> a: hi; o: hi; p: hi
        a leaves        ->
        the seat -      ->
    """,
    "who would not preempt is refused": """
        a yields        -> a: attached active, replayed
        b yields        -> refused busy
        the seat a      ->
        a leaves        ->
        b yields        -> b: attached active, replayed
    """,
    "who waits observes until it is its turn": """
        a waits         -> a: attached active, replayed
        b waits         -> b: attached observe, replayed, waiting 1
        c waits         -> c: attached observe, replayed, waiting 2
        guest prints hi -> a: hi; b: hi; c: hi
        a leaves        -> b: seated; c: waiting 1
        the seat b      ->
        b leaves        -> c: seated
        the seat c      ->
    """,
    "who preempts passes the queue": """
        a attaches      -> a: attached active, replayed
        b waits         -> b: attached observe, replayed, waiting 1
        c attaches      -> a: preempted, closed 4001; b: waiting 1; c: attached active, replayed
        c leaves        -> b: seated
    """,
    "who leaves the queue lets others move up": """
        a attaches      -> a: attached active, replayed
        b waits         -> b: attached observe, replayed, waiting 1
        c waits         -> c: attached observe, replayed, waiting 2
        b leaves        -> c: waiting 1
    """,
    "asked for and granted": """
        a attaches      -> a: attached active, replayed
        b waits         -> b: attached observe, replayed, waiting 1
        c asks          -> a: requested; c: attached observe, replayed, waiting 2
        a grants        -> a: handed-over, closed 4007; b: waiting 1; c: seated
        the seat c      ->
        c grants b      -> b: seated; c: handed-over, closed 4007
    """,
    "what cannot be granted": """
        a attaches      -> a: attached active, replayed
        a grants        -> refused bad-request
        o observes      -> o: attached observe, replayed
        a grants o      -> refused bad-request
        the seat a      ->
    """,
    "asked again of whoever comes next": """
        a attaches      -> a: attached active, replayed
        b asks          -> a: requested; b: attached observe, replayed, waiting 1
        c attaches      -> a: preempted, closed 4001; b: waiting 1; c: attached active, replayed, requested
    """,  # noqa: E501 -- a line of a play
}


@pytest.mark.parametrize("play", PLAYS)
async def test_play(play: str):
    """Everybody hears exactly this, in this order."""
    with stage() as console:
        perform(console, PLAYS[play])


async def test_the_queue_is_bounded():
    """One more than the bound is told how many wait, and nothing has changed."""
    with stage() as console:
        for number in range(WAITING_MAX + 1):
            console.happens(f"{chr(ord('a') + number)} waits")

        assert "refused busy" == console.happens("z waits")
        assert WAITING_MAX + 1 == console.attendance.sessions


async def test_one_who_waits_and_does_not_read_is_passed():
    """A client that cannot even be told of its turn is dropped, and the next is seated."""
    with stage() as console:
        for event in ("a attaches", "b waits", "c waits"):
            console.happens(event)
        stuck = console.clients["b"]
        while stuck.session.cursor == console.ring.end:
            console.fanout.deliver(b"x" * 1024)
            for other in "ac":
                console.clients[other].heard()
        for _ in range(EVENTS_MAX):
            stuck.notify(Hint("look"))

        console.clients["a"].abandon()

        assert Outcome.TOO_SLOW == stuck.session.outcome
        assert "<seated>" in console.clients["c"].heard()
        console.happens("the seat c")


async def test_each_session_has_one_end_in_the_audit():
    """With how it ended; and the last one to leave leaves the console alone."""
    with stage() as console:
        for event in ("a attaches", "o observes", "b attaches", "b leaves", "o leaves"):
            assert [] == console.vacated
            console.happens(event)

    ended = [fact for fact in console.facts if isinstance(fact, facts.SessionEnded)]
    assert [(1, Outcome.PREEMPTED), (2, Outcome.LEFT), (15, Outcome.LEFT)] == [
        (fact.session, fact.outcome) for fact in ended
    ]
    assert ["web01"] == console.vacated
    assert 0 == console.attendance.sessions
    assert (3, 1) == (console.seating.began, console.seating.preemptions)


async def test_a_session_is_plain_data():
    """What the audit and a restart want to know of it is in its fields when it has ended."""
    with stage() as console:
        console.happens("guest prints before")
        console.happens("a attaches")
        console.happens("guest prints 12345")
        session = console.session("a")
        session.seat.typed = 3
        console.happens("a leaves")

        assert (6, 11, 5, 0) == (session.start, session.cursor, session.delivered, session.lost)
        assert (3, None, Outcome.LEFT) == (session.typed, session.seat, session.outcome)


async def test_a_seat_can_be_revoked_before_its_session_ends():
    """Nobody types between a switch that is turned off and the close; then all is as always."""
    with stage() as console:
        console.happens("a attaches")
        console.happens("b waits")
        console.seating.revoke()
        console.happens("the seat -")

        assert "b: seated" == console.happens("a leaves")


@pytest.mark.parametrize(
    ("guest", "doubted"), [("linux", False), ("windows", True), ("auto", True)]
)
async def test_what_is_typed_is_questioned_where_the_guest_may_be_windows(guest, doubted):
    """Nothing of SAC runs for a guest that cannot have it."""
    with stage(guest=guest) as console:
        console.happens("a attaches")

        assert doubted is (console.session("a").seat.caution is not None)


async def test_the_question_goes_and_comes_with_what_the_guest_is():
    """Where nothing is configured, what the guest shows decides, whenever that changes."""
    with stage(guest="auto") as console:
        console.happens("a attaches")
        seat, parts = console.session("a").seat, console.parts
        parts.watch.panicked("told by the hypervisor", None)  # as Linux does
        console.seating.guest_changed()
        assert seat.caution is None

        parts.watch.reset()
        console.seating.guest_changed()
        assert seat.caution is not None
