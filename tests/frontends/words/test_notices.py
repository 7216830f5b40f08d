"""The words for the daemon's events."""

from typing import Any

import pytest

from com1d.frontends.words.notices import notice, taken_over
from com1d.wire.events import EVENTS, Event, Preempted, parse


def known(message: dict[str, Any]) -> Event:
    """Parse an event that this version knows."""
    event = parse(message)
    assert event is not None
    return event


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"event": "lost", "bytes": 12, "offset": 40}, "12 bytes of output were lost here"),
        ({"event": "input-refused", "code": "not-running", "detail": "down"}, "refused: down"),
        ({"event": "input-refused", "code": "forbidden"}, "refused: forbidden"),
        ({"event": "input-discarded", "bytes": 3}, "3 bytes that you typed were discarded"),
        ({"event": "attached", "connected": False}, "the port is down; waiting for the VM"),
        ({"event": "attached", "connected": True}, None),
        ({"event": "port-up"}, "the port is up"),
        ({"event": "port-down", "reason": "gone"}, "the port is down; waiting for the VM (gone)"),
        ({"event": "guest", "state": "bugcheck", "hint": "\x1b[2J"}, "\\x1b[2J"),
        ({"event": "guest", "state": "bugcheck", "hint": ""}, None),
        ({"event": "guest", "state": "bugcheck", "hint": None}, None),
        ({"event": "guest", "state": "sac", "hint": "SAC is 80x24"}, None),
        (
            {"event": "waiting", "place": 2, "by": "anna", "since": "now"},
            (
                "you are number 2 in the queue, behind anna, who has had the console since now; "
                "meanwhile you watch"
            ),
        ),
        (
            {"event": "message", "by": "anna", "text": "\x1b[2J is that you?"},
            "anna says: \\x1b[2J is that you?",
        ),
        (
            {"event": "noted", "by": "root", "text": "disk", "origin": {"login": "anna"}},
            "root (anna) noted in the log: disk",
        ),
        ({"event": "seated", "at": "now"}, "it is your turn: you have the console now"),
        (
            {"event": "requested", "by": "an\x1bna", "session": 7},
            "an\\x1bna asks you for the console: Ctrl-] g hands it over",
        ),
        ({"event": "vm", "what": "reset"}, "the VM was reset"),
        ({"event": "vm", "what": "odd"}, "the VM: odd"),
        ({"event": "vm", "what": "progress", "text": "it shuts down"}, "the VM: it shuts down"),
        (
            {"event": "vm", "what": "skipped", "cause": "9 events within 1 s"},
            "the VM: 9 events within 1 s were not told",
        ),
        (
            {"event": "notice", "what": "oops", "evidence": "BUG: x", "offset": 1, "skipped": 0},
            "the guest goes on after this: oops (BUG: x)",
        ),
        ({"event": "hint", "text": "TAB is sent as a blank"}, "TAB is sent as a blank"),
        ({"event": "not-draining", "bytes": 9, "text": "stuck"}, "stuck"),
        ({"event": "paste", "sent": 3, "of": 5, "verified": 3}, None),
    ],
)
def test_notice(event: dict[str, Any], said: str | None) -> None:
    """What concerns the user is said in one line, safe to print; the rest is not said."""
    assert said == notice(known(event))


@pytest.mark.parametrize(
    ("event", "title"),
    [
        ({"by": "bob", "at": "12:00"}, "bob took over the console at 12:00"),
        ({}, "Somebody took over the console at an unknown time"),
    ],
)
def test_taken_over(event: dict[str, Any], title: str) -> None:
    """A preemption says by whom and when."""
    preempted = known({"event": "preempted"} | event)
    assert isinstance(preempted, Preempted)
    assert {"title": title, "detail": ""} == taken_over(preempted)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_without_members(name):
    """A daemon of another version may leave any of them out."""
    notice(known({"event": name}))
