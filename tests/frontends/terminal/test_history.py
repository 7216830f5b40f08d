"""Scrolling and searching in what was printed, as pages."""

import re

import pytest

from com1d.frontends.terminal.history import History
from com1d.frontends.words.lines import Shown


LINES = [Shown("2026-01-31T12:00:00Z", number, f"line {number}") for number in range(100)]
UP, PAGE_UP = b"\x1b[A", b"\x1b[5~"


def page(history: History) -> list[str]:
    rows = re.split(r"\x1b\[\d+;1H\x1b\[2K", history.render().decode())[1:]
    return [row.replace("\x1b[7m", "*").replace("\x1b[27m", "*") for row in rows]


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        ([], 91),
        ([UP, UP], 89),
        ([PAGE_UP], 82),
        ([b"g"], 0),
        ([b"g", b"\x1b[B", b" "], 10),
        ([PAGE_UP, b"G"], 91),
        ([b"\x1b[B"], 91),
    ],
)
def test_scrolling(keys, first):
    """It begins at the end, and goes no further than both ends."""
    history = History("g", LINES, (10, 40))
    for key in keys:
        history.handle(key)
    assert [f"line {number}" for number in range(first, first + 9)] == page(history)[:9]
    assert not history.left


def test_searching_back():
    """From the end to the line before; capitals do not matter, and what is not there is said."""
    history = History("g", LINES, (10, 60))
    for key in (b"/", b"L", b"i", b"N", b"x", b"\x7f", b"E", b" ", b"1", b"\r"):
        history.handle(key)
    assert "*line 19*" in page(history)
    history.handle(b"n")
    assert "*line 18*" in page(history)
    history.handle(b"N")
    history.handle(b"N")
    assert "*no later line has 'LiNE 1'*" == page(history)[-1]
    assert "*line 19*" in page(history)


def test_searching_can_be_given_up():
    """Esc leaves the question, and not the history; q leaves that."""
    history = History("g", LINES, (10, 60))
    history.handle(b"/")
    assert "*search back for: _*" == page(history)[-1]
    history.handle(b"\x1b")
    assert not history.left
    history.handle(b"n")
    assert "*nothing is looked for: / asks*" == page(history)[-1]
    history.handle(b"!")
    assert page(history)[-1].startswith("*no such key here")
    history.handle(b"q")
    assert history.left


def test_times_and_a_narrow_terminal():
    """Every row is shorter than the terminal is wide, whatever stands in it."""
    history = History("g", [Shown("soon", 0, "x" * 99)], (3, 20))
    history.handle(b"t")
    rows = page(history)
    assert ["soon " + "x" * 14, "~"] == rows[:2]
    assert all(len(row.strip("*")) < 20 for row in rows)


@pytest.mark.parametrize("name", ["web01", "g" * 63])
def test_the_way_out_is_on_the_screen(name):
    """Of 80 columns, however long the console's name is, and in the answer to a wrong key."""
    history = History(name, LINES, (10, 80))
    assert " | q leaves" in page(history)[-1]
    assert len(page(history)[-1].strip("*")) < 80
    history.handle(b"!")
    assert "q leaves" in page(history)[-1]


def test_nothing_was_printed():
    """The page is empty and says so."""
    history = History("g", [], (3, 60))
    history.search("x")
    assert ["~", "~"] == page(history)[:2]
    history.handle(b"G")
    assert "nothing was printed" in page(history)[-1]


def test_a_smaller_terminal():
    """After a resize the place is still within the lines."""
    history = History("g", LINES, (10, 40))
    history.resize((50, 40))
    assert 50 == len(page(history))
    assert "line 51" == page(history)[0]
