"""The token bucket: never faster than the line, and as fast as the line."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.pacing import FIFO, Bucket


bauds = st.sampled_from([300, 9600, 115200, 921600])
steps = st.lists(st.tuples(st.floats(0, 0.01), st.integers(0, 4096)), max_size=60)
starts = st.sampled_from([0.0, 12345.678, 1e6, 1e8])


@given(bauds, steps, starts)
def test_no_stretch_of_time_carries_more_than_rate_and_fifo(baud: int, asked, start: float):
    """Between any two moments at most the FIFO plus the line rate's bytes are given."""
    bucket, now, given_at = Bucket(baud), start, []
    for pause, wanted in asked:
        now += pause
        taken = bucket.take(now, wanted)
        given_at.append((now, taken))
        assert 0 <= taken <= wanted

    for first, (begin, _) in enumerate(given_at):
        total = 0
        for end, taken in given_at[first:]:
            total += taken
            assert total <= FIFO + (end - begin) * bucket.rate + 0.01


@given(bauds, st.integers(1, 4096), starts)
def test_asked_at_its_deadlines_it_keeps_the_full_line_rate(baud: int, size: int, start: float):
    """A transfer that asks again at each deadline takes exactly its time on the line."""
    bucket, now, left = Bucket(baud), start, size
    while left := left - bucket.take(now, left):
        deadline = bucket.deadline()
        assert deadline is not None
        assert now < deadline
        now = deadline

    assert abs(max(0, size - FIFO) / bucket.rate - (now - start)) < 0.001
    assert bucket.deadline() is None


@given(bauds, st.floats(0, 0.0006))
def test_a_late_timer_does_not_slow_the_line(baud: int, late: float):
    """Half of the FIFO is in hand while the timer is late, so nothing is lost to it."""
    bucket, now, left = Bucket(baud), 0.0, 1000
    while left := left - bucket.take(now, left):
        now = (bucket.deadline() or 0.0) + min(late, FIFO / 2 / bucket.rate * 0.9)

    assert now <= 1000 / bucket.rate + 0.001


def test_the_fifo_goes_out_at_once():
    """After any silence sixteen bytes may go at once, and not one more."""
    bucket = Bucket(115200)

    assert [16, 0] == [bucket.take(5.0, 100), bucket.take(5.0, 84)]


def test_a_clock_that_steps_back_gives_nothing_extra():
    """Time before the last call gives no tokens, and takes none away."""
    bucket = Bucket(115200)
    bucket.take(10.0, 100)

    assert [0, 11] == [bucket.take(9.0, 100), bucket.take(10.001, 100)]


def test_nothing_wanted_has_no_deadline():
    """A bucket of which nothing is wanted never wakes anybody."""
    bucket = Bucket(9600)
    bucket.take(0.0, 16)

    assert bucket.deadline() is None
