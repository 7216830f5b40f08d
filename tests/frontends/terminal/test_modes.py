"""What is taken back in a terminal after a guest has used it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.terminal.escape import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON
from com1d.frontends.terminal.modes import RESET, GuestModes


LEAVE = b"\x1b[?1049l"


@pytest.mark.parametrize(
    ("output", "farewell"),
    [
        (b"plain", RESET),
        (b"\x1b[?1049h vi", LEAVE + RESET),
        (b"\x1b[?1049h vi \x1b[?1049l$ ", RESET),
        (b"\x1b[?47h", LEAVE + RESET),
    ],
)
@given(data=st.data())
def test_the_alternate_screen(output, farewell, data):
    """It is left if the guest is in it, however its output was cut."""
    cut = data.draw(st.integers(0, len(output)))
    modes = GuestModes()
    modes.observe(output[:cut])
    modes.observe(output[cut:])

    assert farewell == modes.farewell()


def test_bracketed_paste_goes_in_the_end():
    """The user's shell decides about its pastes itself."""
    assert RESET.endswith(BRACKETED_PASTE_OFF)


@pytest.mark.parametrize("lost", [BRACKETED_PASTE_OFF, b"\x1bc"])
@given(data=st.data())
def test_bracketed_paste_is_kept_on(lost, data):
    """A guest that switches it off gets it switched on again once, however its output was cut."""
    cut = data.draw(st.integers(0, len(lost)))
    modes = GuestModes()
    answers = [
        modes.observe(b"ls" + lost[:cut]),
        modes.observe(lost[cut:] + b"out"),
        modes.observe(b"more"),
    ]

    assert b"".join(answers) == BRACKETED_PASTE_ON
