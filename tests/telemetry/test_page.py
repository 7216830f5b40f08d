"""The page that Prometheus reads, in both of its formats."""

import pytest
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open

from com1d.telemetry.counts import DISCARDS
from com1d.telemetry.departed import Departed
from com1d.telemetry.page import SLICE, Rows, choose, negotiate, page
from com1d.telemetry.samples import ConsoleSample, LogSample
from com1d.telemetry.table import METRICS
from telemetry.samples import console, daemon


ASKS = {
    "plain": "",
    "open": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
}


def text(rows: Rows, form: str = "plain") -> str:
    return b"".join(page(daemon(), rows, negotiate(ASKS[form]))).decode()


def families(rows: Rows, form: str = "plain"):
    parse = parser.text_string_to_metric_families if form == "plain" else parse_open
    return list(parse(text(rows, form)))


def values(rows: Rows, name: str, **labels: str) -> list[float]:
    """Give the values of a series, by Prometheus' own reading."""
    return [
        sample.value
        for family in families(rows)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]


@pytest.mark.parametrize("form", ASKS)
@pytest.mark.parametrize("count", [0, 1, SLICE, SLICE + 1])
def test_a_page_of_slices_is_one_valid_page(count: int, form: str):
    """However many slices a metric takes, Prometheus' own parser sees each family once."""
    found = families(Rows([console(n) for n in range(count)]), form)

    names = [family.name for family in found]
    assert len(set(names)) == len(names) == len(METRICS)
    received = next(family for family in found if family.name == "com1d_received_bytes")
    assert {f"vm{n}": n for n in range(count)} == {
        sample.labels["console"]: sample.value for sample in received.samples
    }


def test_the_format_is_the_scrapers_choice():
    """OpenMetrics where it is asked for, else the format that every program reads."""
    assert negotiate(ASKS["open"]).content_type.startswith("application/openmetrics-text")
    assert negotiate("*/*").content_type.startswith("text/plain")
    assert text(Rows([]), "open").endswith("# EOF\n")
    assert openmetrics.__name__ not in text(Rows([]))


def test_pieces_are_small():
    """No piece renders more than a slice of consoles, so that the loop can go on in between."""
    rows = Rows([console(number) for number in range(4000)])
    pieces = page(daemon(), rows, negotiate(""))

    assert max(piece.count(b"\n") for piece in pieces) <= SLICE * len(DISCARDS)


def test_a_name_cannot_break_the_page():
    """Quotes, backslashes and line feeds in a label stay in it."""
    name = 'a"} 1\n\\b'

    assert [7] == values(Rows([console(7, name=name)]), "com1d_received_bytes_total", console=name)


def test_what_is_not_known_has_no_series():
    """The stall margin before the port was up: neither a zero that alarms nor a number at all."""
    rows = Rows([console(1), console(2, margin=None, fullest=None)])

    assert [91.0] == values(rows, "com1d_stall_margin_seconds")


def test_sums_stand_for_all_and_the_worst_margin_counts():
    """Whoever may not know the names sees how much there is, and whether all is well."""
    log = LogSample(10, 20, 1, 1)
    consoles = [
        console(1, state="kernel-panic", up=1, log=log),
        console(2, margin=80.0, fullest=0.5, lag=7, log=log),
        console(3, margin=None, fullest=None, lag=5),
    ]
    rows = Rows([], consoles)

    assert "vm1" not in text(rows)
    for name, labels, expected in (
        ("com1d_port_up", {}, 1),
        ("com1d_received_bytes_total", {}, 6),
        ("com1d_lost_bytes_total", {"reader": "log"}, 40),
        ("com1d_log_failing", {}, 2),
        ("com1d_guest_state", {"state": "kernel-panic"}, 1),
        ("com1d_guest_state", {"state": "login"}, 2),
        ("com1d_stall_margin_seconds", {}, 80.0),
        ("com1d_stall_fullest_ratio", {}, 0.5),
        ("com1d_reader_lag_bytes", {}, 7),
    ):
        assert [expected] == values(rows, name, console="", **labels), name


def test_a_sum_never_falls():
    """What a console had counted stays in the sums when it goes; what it was then does not."""
    gone, departed = console(5, up=1), Departed()
    gone.counts.panics["bugcheck"] = 2
    departed.add(gone)
    departed.add(console(6))
    rows = Rows([], [console(1, up=1)], departed)

    assert [12] == values(rows, "com1d_received_bytes_total")
    assert [2] == values(rows, "com1d_panics_total", cause="bugcheck")
    assert [1] == values(rows, "com1d_port_up")
    assert [11] == values(Rows([], [], departed), "com1d_received_bytes_total")


@pytest.mark.parametrize(
    ("most", "expected"), [(0, []), (1, [2]), (2, [2, 3]), (3, [1, 2, 3]), (9, [0, 1, 2, 3])]
)
def test_the_consoles_that_matter_most_have_series(most: int, expected: list[int]):
    """Trouble first, then who is in use, then who prints the most; in their own order."""
    consoles: list[ConsoleSample] = [
        console(0), console(1, received=9), console(2, unserved=1), console(3, observers=1)
    ]  # fmt: skip

    assert [f"vm{number}" for number in expected] == [one.name for one in choose(consoles, most)]


def test_the_daemons_own_figures():
    """Version, sessions by entrance, and the histogram of holds are on the page."""
    shown = b"".join(page(daemon(sessions={"raw": 3}), Rows([]), negotiate(""))).decode()

    assert 'com1d_build_info{version="1.2"} 1\n' in shown
    assert 'com1d_sessions_attached{entrance="raw"} 3\n' in shown
    assert 'com1d_loop_hold_seconds_bucket{le="0.01"} 2\n' in shown
    assert 'com1d_loop_hold_seconds_bucket{le="+Inf"} 2\n' in shown
    assert "com1d_loop_hold_seconds_count 2\n" in shown
