"""The rhythm of ticks."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.moderation import tick


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
