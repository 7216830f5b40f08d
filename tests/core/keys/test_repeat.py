"""Keys that are held down: when they are pressed again, and when not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.guest.states import State
from com1d.core.keys.repeat import EVERY, LIMIT, ON_THE_WAY, TIMEOUT, Repeat


def ends(states: list[State], every: float = EVERY) -> tuple[str | None, int]:
    """Press while the guest goes through `states`, one a press; tell what ended it, and when."""
    repeat = Repeat(states[0], 0.0)
    for number, state in enumerate(states):
        if (why := repeat.over(state, number * every)) is not None:
            return why, number
    return None, len(states)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("booting booting login", ("login", 2)),
        ("boot-menu boot-menu booting", ("booting", 2)),
        ("firmware firmware boot-menu boot-menu", ("boot-menu", 2)),
        ("login blank firmware boot-menu", ("boot-menu", 3)),
        ("boot-menu blank firmware boot-menu", ("boot-menu", 3)),
        ("blank unknown", ("unknown", 1)),
        ("firmware blank firmware", (None, 3)),
        ("sac bugcheck", ("bugcheck", 1)),
    ],
)
def test_a_new_state_ends_it_unless_the_menu_is_still_ahead(states: str, expected):
    """Nothing is pressed once the change is seen; a reset and the firmware are on the way."""
    assert expected == ends([State(state) for state in states.split()])


@given(st.sampled_from(State))
def test_a_guest_that_does_not_change_is_given_up(state: State):
    """After the limit there is no press any more, and before it no end."""
    presses = round(LIMIT / EVERY)

    assert (None, presses) == ends([state] * presses)
    assert (TIMEOUT, presses) == ends([state] * (presses + 2))


@given(st.lists(st.sampled_from(State), min_size=1, max_size=8))
def test_it_ends_at_the_first_change_that_is_not_on_the_way(states: list[State]):
    """Whatever a guest goes through, what ends it is named, and it is where the guest is."""
    why, number = ends(states)
    before = list(pairwise(states))[: number - 1]

    assert all(one is other or other in ON_THE_WAY for one, other in before)
    if why is not None:
        assert why == states[number].value
        assert states[number] is not states[number - 1]
