"""Events travel as JSON and come back as what they were."""

from com1d.errors import Busy
from com1d.wire.events import EVENTS, Hint, InputRefused, PortDown, parse


def test_an_event_comes_back_as_it_was():
    """What the daemon sends, a client reads as the same value."""
    event = PortDown(reason="the VM is off", at="2026-01-31T12:00:00.000Z", offset=7)

    assert event == parse(event.as_json())


def test_members_that_do_not_apply_are_left_out():
    """None means that the member does not apply, so JSON has no trace of it."""
    assert {"event": "hint", "text": "look"} == Hint("look").as_json()


def test_other_members_of_a_problem_are_kept():
    """A refusal carries whatever the problem says beside its code and detail."""
    event = InputRefused("busy", "somebody pastes", more={"title": "Busy", "status": 409})

    assert event == parse(event.as_json())
    assert 409 == event.as_json()["status"]


def test_a_problem_is_told_with_all_its_members():
    """What HTTP would answer is what the stream says."""
    problem = Busy("somebody pastes", by="ann")

    assert {"event": "input-refused"} | problem.as_json() == InputRefused.of(problem).as_json()


def test_what_a_newer_daemon_says_is_read_as_far_as_it_is_known():
    """Unknown events are none, unknown members are dropped, missing ones are None."""
    assert parse({"event": "unheard-of"}) is None
    assert parse({}) is None
    assert parse({"event": "hint", "colour": "red"}).as_json() == {"event": "hint"}


def test_every_event_stands_under_its_own_name():
    """No two events share a name, and each has a sentence for PROTOCOL.md."""
    assert all(name == kind.name and kind.meaning for name, kind in EVENTS.items())
