"""The words for a guest's states, and what follows from them alone."""

import pytest

from com1d.core.guest.states import ANY, LINUX, SAC_STATES, WINDOWS, State, family


@pytest.mark.parametrize("state", State)
def test_whose_guest_it_is(state: State):
    """What is configured counts; else only what SAC shows tells, since a menu may be GRUB's."""
    assert WINDOWS == family(WINDOWS, state)
    assert LINUX == family(LINUX, state)
    assert (WINDOWS if state in SAC_STATES else ANY) == family(ANY, state)
