"""The pauses between tries of a port."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.backoff import FIRST, LONGEST, SETTLED, Backoff


random_numbers = st.floats(0, 1, exclude_max=True)


def test_bounds_double_from_the_first_to_half_the_longest():
    """With no luck at all the pauses are the lower bounds: doubling, then 30 s for ever."""
    backoff = Backoff()

    pauses = [backoff.failed(0.0) for _ in range(14)]

    assert pauses == [*(0.01 * 2**n for n in range(12)), 30.0, 30.0]


def test_the_spread_reaches_twice_the_bound():
    """A random number near one gives nearly twice the bound, so that neighbours part."""
    backoff = Backoff()

    pauses = [round(backoff.failed(0.999999), 3) for _ in range(8)]

    assert pauses == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56]


@given(st.lists(random_numbers, max_size=40))
def test_every_pause_is_within_the_promised_bounds(numbers):
    """Whatever the random numbers, a pause is never below 10 ms and never above 5 s."""
    backoff = Backoff()

    pauses = [backoff.failed(number) for number in numbers]

    assert all(FIRST <= pause <= LONGEST for pause in pauses)


@given(st.lists(random_numbers, max_size=20), random_numbers)
def test_reset_forgets_every_failure(before, number):
    """After a reset the next pause is what a new back-off would give."""
    backoff = Backoff()
    for earlier in before:
        backoff.failed(earlier)

    backoff.reset()

    assert Backoff().failed(number) == backoff.failed(number)


@given(st.lists(random_numbers, max_size=20), st.floats(SETTLED, 1e9), random_numbers)
def test_a_line_that_settled_is_retried_at_once_and_resets(before, lived, number):
    """The end of a line that lived long enough costs no pause and clears the failures."""
    backoff = Backoff()
    for earlier in before:
        backoff.failed(earlier)

    pause = backoff.ended(lived, number)

    assert (0.0, Backoff().failed(number)) == (pause, backoff.failed(number))


@given(st.lists(st.floats(0, SETTLED, exclude_max=True), min_size=1, max_size=20), random_numbers)
def test_short_lines_back_off_like_failures(lives, number):
    """Lines that die at once are as bad as failed tries: the same pauses follow."""
    lines, failures = Backoff(), Backoff()

    pauses = [lines.ended(lived, number) for lived in lives]

    assert [failures.failed(number) for _ in lives] == pauses
