"""Whose look is when: one at a time, with a pause that leaves the loop to others."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from com1d.guest.looks import PAUSE, Looks
from com1d.loop.stalls import HoldTimes


class Loop:
    """The timers that were set, as delays and callbacks."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        self.timers.append((delay, callback))

    def pass_pause(self) -> float:
        """Let the only timer fire; give what its delay was."""
        [(delay, callback)] = self.timers
        self.timers.clear()
        callback()
        return delay


class Host:
    """Looks that take some seconds each, and who has had one."""

    def __init__(self) -> None:
        self.now = 0.0
        self.had: list[str] = []
        self.loop = Loop()
        self.looks = Looks(cast("Any", self.loop), HoldTimes(lambda: self.now))

    def due(self, name: str, seconds: float = 0.0) -> None:
        def look() -> None:
            self.now += seconds
            self.had.append(name)

        self.looks.take(look)


def test_a_look_alone_is_at_once():
    """Nobody waits while nobody else looks."""
    host = Host()
    host.due("one")

    assert ["one"] == host.had


def test_looks_that_are_due_together_are_one_by_one():
    """In the order in which they were due, each in a turn of its own."""
    host, seen = Host(), []
    for name in ("one", "two", "three"):
        host.due(name)
    while host.loop.timers:
        seen.append(tuple(host.had))
        host.loop.pass_pause()

    assert [("one",), ("one", "two"), ("one", "two", "three")] == seen


def test_a_pause_is_in_proportion():
    """Many long looks leave three quarters of the loop's time to others."""
    host = Host()
    host.due("long", 0.002)
    host.due("short", 0.001)
    pauses = [host.loop.pass_pause(), host.loop.pass_pause()]

    assert pytest.approx([PAUSE * 0.002, PAUSE * 0.001]) == pauses


def test_after_a_pause_nobody_waits():
    """A look that becomes due later is at once again."""
    host = Host()
    host.due("one")
    host.loop.pass_pause()
    host.due("two")

    assert ["one", "two"] == host.had


def test_a_look_that_fails_ends_no_others():
    """Its error is told by the loop, as that of any timer."""
    host = Host()
    host.due("one")

    def fail() -> None:
        raise ValueError("a bug")

    host.looks.take(fail)
    host.due("two")
    with pytest.raises(ValueError, match="a bug"):
        host.loop.pass_pause()
    host.loop.pass_pause()

    assert ["one", "two"] == host.had
