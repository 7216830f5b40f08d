"""A conversation with the guest: what is sent, what is awaited, and for how long."""

import re

from com1d.core.guest.dialogue import HEARD_MAX, PAGES_MAX, Dialogue, Done, Failed, Step, Talk
from com1d.core.paste.delivery import Send


def step(send: bytes, pattern: str | None = None, *, settle: float = 0.0) -> Step:
    """Send something, and await a pattern for two seconds."""
    answer = re.compile(pattern) if pattern is not None else None
    return Step(send, answer, 2.0, "no answer about {name}", settle)


def talk(*steps: Step, name: str = "it") -> Dialogue:
    """Get ready to do all that."""
    return Dialogue(Talk("the guest", steps, name))


def test_it_sends_awaits_and_sends_again():
    """Each answer, in any pieces, brings the next step; the result comes with the end."""
    dialogue = talk(step(b"a"), step(b"b", "yes"), step(b"c", "done.*"))

    assert [Send(b"a"), Send(b"b")] == dialogue.begin(1.0)
    assert 3.0 == dialogue.deadline()
    assert [] == dialogue.guest_spoke(b"y\x1b[1", 1.5)
    assert [] == dialogue.guest_spoke(b"me", 1.6)
    assert [Send(b"c")] == dialogue.guest_spoke(b"s", 2.0)
    assert 4.0 == dialogue.deadline()
    assert [Done("it", "done, ok")] == dialogue.guest_spoke(b"done, ok\r\n", 2.5)
    assert dialogue.over
    assert dialogue.deadline() is None
    assert [] == dialogue.guest_spoke(b"yes", 3.0)
    assert [] == dialogue.expire(9.0)


def test_what_was_printed_before_a_send_is_no_answer_to_it():
    """The old text is forgotten."""
    dialogue = talk(step(b"a", "one"), step(b"b", "two"))
    dialogue.begin(0.0)

    assert [Send(b"b")] == dialogue.guest_spoke(b"two one", 1.0)
    assert [] == dialogue.guest_spoke(b"..", 1.0)
    assert [Done("it", "two")] == dialogue.guest_spoke(b"two", 1.0)


def test_no_answer_in_time_ends_it():
    """Not before the time is up, and with the words of what was awaited."""
    dialogue = talk(step(b"a", "yes"))
    dialogue.begin(0.0)

    assert [] == dialogue.expire(1.9)
    assert [Failed("no answer about it")] == dialogue.expire(2.0)
    assert dialogue.over


def test_an_answer_may_have_to_settle():
    """It counts after a silence; if more is printed meanwhile, the whole is judged again."""
    dialogue = talk(step(b"", r"x\Z", settle=0.5), step(b"on"))
    dialogue.begin(0.0)

    assert [] == dialogue.guest_spoke(b"x", 0.25)
    assert 0.75 == dialogue.deadline()
    assert [] == dialogue.guest_spoke(b"yyy", 0.5)
    assert 2.0 == dialogue.deadline()
    assert [] == dialogue.guest_spoke(b"x", 1.0)
    assert [] == dialogue.expire(1.25)
    assert [Send(b"on"), Done("it", "x")] == dialogue.expire(1.5)


def test_a_guest_that_never_rests_does_not_hold_it_up():
    """When the time is up, what is there has to do."""
    dialogue = talk(step(b"", "x", settle=0.5))
    dialogue.begin(0.0)
    for quarter in range(8):
        assert [] == dialogue.guest_spoke(b"x", quarter / 4)

    assert 2.0 == dialogue.deadline()
    assert [Done("it", "x")] == dialogue.expire(2.0)


def test_a_refusal_ends_it():
    """With the guest's own words, without a full stop."""
    dialogue = talk(step(b"a", r"ok|no: (?P<error>[^\n]+)"), step(b"b"))
    dialogue.begin(0.0)

    failed = Failed("the guest refused: not now", refused=True)
    assert [failed] == dialogue.guest_spoke(b"no: not now.", 1.0)
    assert dialogue.over


def test_a_name_in_an_answer_stands_in_what_follows():
    """It is sent, it is in the words of a failure, and it is part of the result."""
    dialogue = talk(step(b"new", r"made (?P<name>\w+)"), step(b"go {name}", "there"))
    dialogue.begin(0.0)

    assert [Send(b"go four")] == dialogue.guest_spoke(b"made four", 1.0)
    assert [Failed("no answer about four")] == dialogue.expire(3.0)


def test_pages_are_turned():
    """Each has the whole time anew; but not for ever."""
    dialogue = talk(step(b"list", r"(?P<more>more\?)|end"))
    dialogue.begin(0.0)
    for page in range(1, PAGES_MAX):
        assert [Send(b"\r")] == dialogue.guest_spoke(b"more?", float(page))
        assert page + 2.0 == dialogue.deadline()

    last = dialogue.guest_spoke(b"more?", 40.0)

    assert [Failed("the guest prints page after page and does not answer")] == last


def test_cancelled_it_sends_nothing_more():
    """Even if the answer comes."""
    dialogue = talk(step(b"a", "yes"), step(b"b"))
    dialogue.begin(0.0)
    dialogue.cancel()

    assert dialogue.over
    assert dialogue.deadline() is None
    assert [] == dialogue.guest_spoke(b"yes", 1.0)


def test_it_remembers_no_more_than_it_needs():
    """A guest that prints without end costs nothing: older text is not searched any more."""
    dialogue = talk(step(b"", rf"^x{{{HEARD_MAX + 1}}}"))
    dialogue.begin(0.0)
    for _ in range(10):
        assert [] == dialogue.guest_spoke(b"x" * HEARD_MAX, 1.0)
