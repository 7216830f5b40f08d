"""The table of `com1 top`: rows, their order, what a filter lets through, and lines of any size."""

import pytest

from com1d.frontends.words.top_rows import (
    ORDERS,
    Row,
    in_order,
    matches,
    received,
    rows,
    short,
)
from com1d.frontends.words.top_view import RED, REVERSE, View


COLUMNS = [
    *("name", "set", "up", "enabled", "state", "active", "observers", "waiting"),
    *("received", "lag", "margin", "fullest", "log", "log_lag", "trouble"),
]


def row(name: str = "web01", rate: float | None = None, **figures) -> Row:
    known = {
        "name": name, "set": "web", "up": True, "enabled": True, "state": "login", "active": None,
        "observers": 0, "waiting": 0, "received": 0, "lag": 0, "margin": 91.0, "fullest": 0.1,
        "log": "ok", "log_lag": 0, "trouble": 0,
    }  # fmt: skip
    return Row(known | figures, rate)


def test_rates_are_of_the_time_between_two_looks():
    """A console that is new has none yet; one whose log began anew printed nothing."""
    values = ["a", None, True, True, "login", None, 0, 0, 5000, 0, None, None, "ok", 0, 0]
    answer = {"columns": COLUMNS, "consoles": [values, ["b", *values[1:]], ["c", *values[1:]]]}

    found = rows(answer, {"a": 1000, "c": 9000}, 2.0)

    assert [2000.0, None, 0.0] == [one.rate for one in found]
    assert {"a": 5000, "b": 5000, "c": 5000} == received(found)


@pytest.mark.parametrize(
    ("figures", "alarm"),
    [
        ({}, 0),
        ({"state": "kernel-panic"}, 2),
        ({"state": "kernel-panic", "up": False}, 0),
        ({"log": "failing"}, 2),
        ({"trouble": 1}, 2),
        ({"fullest": 0.8}, 1),
        ({"state": "passphrase"}, 1),
    ],
)
def test_what_needs_somebody(figures, alarm: int):
    """Crashes, failures now; guests that wait and margins in use soon. A VM that is off is calm."""
    assert alarm == row(**figures).alarm


def test_cells():
    """Who is on, how long the guest goes on, and the log; short enough for a column."""
    busy = row(active="anna", observers=2, waiting=1, log_lag=4200)

    assert ("anna +2 ?1", "91s 10%", "-4.2k") == (busy.who, busy.margin, busy.log)
    assert ("-", "-", "off") == (row().who, row(margin=None).margin, row(log="off").log)
    assert ("down", "disabled") == (row(up=False).state, row(up=False, enabled=False).state)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (999, "999"), (999.6, "1.0k"), (1000, "1.0k"), (9949, "9.9k"), (9960, "10k"),
     (34_400, "34k"), (999_600, "1.0M"), (5.6e6, "5.6M"), (7e15, "7000T")],
)  # fmt: skip
def test_numbers_are_short(count: float, text: str):
    """Five characters, with a digit behind the point where there is room for it."""
    assert text == short(count)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("", True), ("web", True), ("WEB01", True), ("login", True), ("web login", True),
        ("web shell", False), ("set:web", True), ("set:01", False), ("name:01", True),
        ("state:log", True), ("!shell", True), ("!login", False), ("!set:web", False),
        ("other:web", False),
    ],
)  # fmt: skip
def test_a_filter_looks_at_name_set_and_state(wanted: str, expected: bool):
    """All of its words have to be there, and those with a mark of exclamation must not."""
    assert expected == matches(row(), wanted)


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_puts_the_interesting_first(order: str):
    """What is alike stays in the order of names, forwards and backwards."""
    alike = [row(f"n{n}") for n in (3, 1, 2)]
    best = row(
        "a", rate=9.0, state="bugcheck", active="anna", lag=5, fullest=0.9, log="failing"
    )  # fmt: skip
    assert "a" == in_order([*alike, best], order, reverse=False)[0].name
    assert ["n1", "n2", "n3"] == [one.name for one in in_order(alike, "rate", reverse=True)]


def view(count: int = 30) -> View:
    shown = View()
    shown.update([row(f"vm{number:02}") for number in range(count)])
    return shown


@pytest.mark.parametrize("width", [1, 20, 80, 110, 200])
@pytest.mark.parametrize("height", [1, 3, 5, 24, 50])
def test_it_fits_any_screen(height: int, width: int):
    """No line is longer than the screen is wide, and there are not more than it has."""
    lines = view().lines(height, width)

    assert len(lines) <= height
    assert all(len(line.text) <= width for line in lines)


def test_the_cursor_stays_on_its_console():
    """Over a new order and new figures; it is always on the screen, and never beyond the ends."""
    shown = view()
    shown.move(25)
    assert "vm25" == shown.chosen
    assert any(line.text.startswith("> vm25") for line in shown.lines(10, 80))
    shown.reverse = True
    shown.order = "name"
    shown.arrange()
    assert "vm25" == shown.chosen
    shown.move(-(1 << 30))
    assert "vm29" == shown.chosen
    shown.move(1 << 30)
    assert "vm00" == shown.chosen
    assert any(line.text.startswith("> vm00") for line in shown.lines(10, 80))


def test_a_filter_that_loses_the_cursor():
    """It goes to the first that is left; nothing left is no error."""
    shown = view()
    shown.move(5)
    shown.wanted = "vm2"
    shown.arrange()
    assert "vm20" == shown.chosen
    shown.wanted = "nothing"
    shown.arrange()
    assert shown.place is None
    assert "0 shown" in shown.lines(24, 80)[1].text


def test_what_is_wrong_stands_out_also_without_colours():
    """A mark in front, beside the colour; the cursor's row is reversed."""
    shown = View()
    shown.update([row("a", state="bugcheck"), row("b", log="failing"), row("c")])
    lines = shown.lines(24, 80)

    assert [("> a", REVERSE), ("! b", RED), ("  c", "")] == [
        (line.text[:3], line.style) for line in lines[3:6]
    ]
    assert "3 consoles, 3 up, 0 in use, 1 crashed" in lines[0].text


def test_names_of_others_command_no_terminal():
    """Whatever a set or a user is called."""
    shown = View()
    shown.update([row("a", active="\x1b[31mEVIL", set="\x07")])

    assert all(line.text.isprintable() for line in shown.lines(24, 200))
