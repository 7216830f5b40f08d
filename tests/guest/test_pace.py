"""How often hooks run."""

from com1d.guest.pace import LEAST_SECONDS, MOST_SECONDS, Pace


def test_the_first_run_is_at_once():
    """Nothing is waited for before the first alarm."""
    assert 0.0 == Pace().delay(7.0)


def test_a_circle_is_run_ever_more_slowly_up_to_a_bound():
    """Each run that passed something over doubles the wait for the next."""
    pace, now, waits = Pace(), 100.0, []
    for _ in range(8):
        pace.ran(now, 1)
        waits.append(pace.delay(now))
        now += waits[-1]

    assert [3.0, 6.0, 12.0, 24.0, 48.0, 60.0, 60.0, 60.0] == waits
    assert MOST_SECONDS == waits[-1]


def test_a_guest_that_came_to_rest_is_told_of_at_once_again():
    """After a silence as long as the wait, the wait is the shortest again."""
    pace = Pace()
    pace.ran(100.0, 5)
    pace.ran(103.0 + 3.0, 0)

    assert LEAST_SECONDS == pace.delay(106.0)


def test_a_run_as_soon_as_it_may_does_not_shorten_the_wait():
    """A run with nothing passed over that follows at once keeps the pace."""
    pace = Pace()
    pace.ran(100.0, 5)
    pace.ran(103.0, 0)

    assert 3.0 == pace.delay(103.0)
