"""The rhythm of ticks."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.moderation import readings, tick


CLIFF = 0.024
"""Seconds until a guest on a unix chardev waits: 279 bytes at line rate."""


@given(st.integers(1, 100_000))
def test_no_tick_comes_near_the_cliff(busy: int):
    """However many ports stream, a tick leaves half of what the guest bears."""
    assert tick(busy) <= CLIFF / 2


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_more_ports_never_mean_a_shorter_tick(one: int, other: int):
    """A tick grows with the number of busy ports."""
    few, many = sorted((one, other))

    assert tick(few) <= tick(many)


def test_up_to_64_ports_a_byte_waits_2_5_ms():
    """The promised latency of up to 64 ports, 3 ms, leaves half a millisecond for the serving."""
    assert tick(1) == tick(64) == 0.0025


@given(st.integers(1, 10_000), st.data())
def test_brisk_ports_leave_four_fifths_of_the_core(busy: int, data):
    """Reading them takes 16 us each; and none is read more seldom than once a tick."""
    brisk = data.draw(st.integers(1, busy))
    often = readings(busy, brisk)

    assert often >= 1
    assert often == 1 or often * brisk * 0.000016 <= tick(busy) / 5


@given(st.integers(1, 10_000), st.data())
def test_more_brisk_ports_are_never_read_more_often(busy: int, data):
    """The interval of a brisk port grows with their number, up to a tick."""
    few, many = sorted(data.draw(st.tuples(st.integers(1, busy), st.integers(1, busy))))

    assert readings(busy, few) >= readings(busy, many)


def test_few_brisk_ports_are_read_four_times_a_tick_and_many_once():
    """That is every 0.6 ms, or a little more; sixteen take as much as if none was brisk."""
    assert 4 == readings(64, 1) == readings(7, 7)
    assert 3 == readings(8, 8)
    assert 1 == readings(16, 16)
