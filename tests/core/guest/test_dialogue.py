"""A conversation with the guest: what is sent, what is awaited, and for how long."""

import re

from com1d.core.guest.dialogue import HEARD_MAX, Dialogue, Done, Expect, Failed, Refused
from com1d.core.paste.delivery import Send


def expect(pattern: str, *, seconds: float = 2.0, settle: float = 0.0) -> Expect:
    """Await a pattern."""
    return Expect(re.compile(pattern), seconds, "no answer", settle)


def talk(*actions):
    """Do all that, and give the last answer."""
    seen = None
    for action in actions:
        seen = yield action
    return seen and seen[0]


def test_it_sends_awaits_and_sends_again():
    """Each answer, in any pieces, brings the next step; the result comes with the end."""
    dialogue = Dialogue(talk(Send(b"a"), Send(b"b"), expect("yes"), Send(b"c"), expect("done.*")))

    assert [Send(b"a"), Send(b"b")] == dialogue.begin(1.0)
    assert 3.0 == dialogue.deadline()
    assert [] == dialogue.guest_spoke(b"y\x1b[1", 1.5)
    assert [] == dialogue.guest_spoke(b"me", 1.6)
    assert [Send(b"c")] == dialogue.guest_spoke(b"s", 2.0)
    assert 4.0 == dialogue.deadline()
    assert [Done("done, ok")] == dialogue.guest_spoke(b"done, ok\r\n", 2.5)
    assert dialogue.over
    assert dialogue.deadline() is None
    assert [] == dialogue.guest_spoke(b"yes", 3.0)
    assert [] == dialogue.expire(9.0)


def test_what_was_printed_before_a_send_is_no_answer_to_it():
    """The old text is forgotten."""
    dialogue = Dialogue(talk(Send(b"a"), expect("one"), Send(b"b"), expect("two")))
    dialogue.begin(0.0)

    assert [Send(b"b")] == dialogue.guest_spoke(b"two one", 1.0)
    assert [] == dialogue.guest_spoke(b"..", 1.0)
    assert [Done("two")] == dialogue.guest_spoke(b"two", 1.0)


def test_no_answer_in_time_ends_it():
    """Not before the time is up, and with the words of what was awaited."""
    dialogue = Dialogue(talk(Send(b"a"), expect("yes")))
    dialogue.begin(0.0)

    assert [] == dialogue.expire(1.9)
    assert [Failed("no answer")] == dialogue.expire(2.0)
    assert dialogue.over


def test_an_answer_may_have_to_settle():
    """It counts after a silence; if more is printed meanwhile, the whole is judged again."""
    dialogue = Dialogue(talk(expect(r"x\Z", settle=0.5), Send(b"on")))
    dialogue.begin(0.0)

    assert [] == dialogue.guest_spoke(b"x", 0.25)
    assert 0.75 == dialogue.deadline()
    assert [] == dialogue.guest_spoke(b"yyy", 0.5)
    assert 2.0 == dialogue.deadline()
    assert [] == dialogue.guest_spoke(b"x", 1.0)
    assert [] == dialogue.expire(1.25)
    assert [Send(b"on"), Done(None)] == dialogue.expire(1.5)


def test_a_guest_that_never_rests_does_not_hold_it_up():
    """When the time is up, what is there has to do."""
    dialogue = Dialogue(talk(expect("x", settle=0.5)))
    dialogue.begin(0.0)
    for quarter in range(8):
        assert [] == dialogue.guest_spoke(b"x", quarter / 4)

    assert 2.0 == dialogue.deadline()
    assert [Done("x")] == dialogue.expire(2.0)


def test_a_refusal_ends_it():
    """With the guest's own words."""

    def refused():
        yield Send(b"a")
        yield expect("no")
        raise Refused("it said no")

    dialogue = Dialogue(refused())
    dialogue.begin(0.0)

    assert [Failed("it said no", refused=True)] == dialogue.guest_spoke(b"no", 1.0)


def test_cancelled_it_sends_nothing_more():
    """Even if the answer comes."""
    dialogue = Dialogue(talk(Send(b"a"), expect("yes"), Send(b"b")))
    dialogue.begin(0.0)
    dialogue.cancel()

    assert dialogue.over
    assert dialogue.deadline() is None
    assert [] == dialogue.guest_spoke(b"yes", 1.0)


def test_it_remembers_no_more_than_it_needs():
    """A guest that prints without end costs nothing."""
    dialogue = Dialogue(talk(expect("never")))
    dialogue.begin(0.0)
    for _ in range(10):
        dialogue.guest_spoke(b"x" * HEARD_MAX, 1.0)

    assert len(dialogue._heard) == HEARD_MAX
