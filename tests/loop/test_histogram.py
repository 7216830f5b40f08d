"""A histogram as Prometheus has it."""

import math

from com1d.loop.histogram import Histogram


def test_buckets_are_cumulative_and_a_bound_is_inclusive():
    """Each bucket counts what is at most its bound, with its weight; the last one counts all."""
    histogram = Histogram((1.0, 2.0))
    for value, count in ((0.5, 1), (1.0, 10), (1.5, 100), (9.0, 1000)):
        histogram.note(value, count)

    sample = histogram.sample()

    assert ((1.0, 11), (2.0, 111), (math.inf, 1111)) == sample.buckets
    assert (1111, 11) == (sample.observed, sample.within(1.0))
    assert 0.5 + 10 + 150 + 9000 == sample.total
