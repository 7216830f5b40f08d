"""The words for a guest's states, and what follows from them alone."""

import pytest

from com1d.core.guest.states import ANY, LINUX, SAC_STATES, WINDOWS, State, family, may_be_windows


@pytest.mark.parametrize("state", State)
def test_whose_guest_it_is(state: State):
    """What is configured counts; else only what SAC shows tells, since a menu may be GRUB's."""
    assert WINDOWS == family(WINDOWS, state)
    assert LINUX == family(LINUX, state)
    assert (WINDOWS if state in SAC_STATES else ANY) == family(ANY, state)


@pytest.mark.parametrize(
    ("guest", "state", "expected"),
    [
        (WINDOWS, State.SHELL, True),
        (LINUX, State.SAC, False),
        (ANY, State.BLANK, True),
        (ANY, State.BOOT_MENU, True),
        (ANY, State.SAC, True),
        (ANY, State.LOGIN, False),
        (ANY, State.SHELL, False),
        (ANY, State.KERNEL_PANIC, False),
    ],
)
def test_what_may_be_windows(guest: str, state: State, expected: bool):
    """What is configured counts; else everything that Linux alone does not show."""
    assert expected is may_be_windows(guest, state)
