"""What is taken back in a terminal after a guest has used it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.terminal.escape import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON
from com1d.frontends.terminal.modes import RESET, GuestModes


KEYS = b"\x1b[>4m\x1b[=0;1u\x1b[<99u"
LEAVE = KEYS + b"\x1b[?1049l"


@pytest.mark.parametrize(
    ("output", "farewell"),
    [
        (b"plain", RESET),
        (b"\x1b[?1049h vi", LEAVE + RESET),
        (b"\x1b[?1049h vi \x1b[?1049l$ ", RESET),
        (b"\x1b[?47h", LEAVE + RESET),
        (b"\x1b[?6h", b"\x1b[?6l\x1b[r\x1b[999;1H" + RESET),
        (b"\x1b[?6h\x1b[?6l", RESET),
        (b"\x1b%@", b"\x1b%G" + RESET),
    ],
)
@given(data=st.data())
def test_what_is_undone_where_it_was_done(output, farewell, data):
    """The alternate screen and the like, however the guest's output was cut."""
    cut = data.draw(st.integers(0, len(output)))
    modes = GuestModes()
    modes.observe(output[:cut])
    modes.observe(output[cut:])

    assert farewell == modes.farewell()


def test_colours_that_the_guest_set_are_taken_back():
    """Those of a terminal whose guest left them alone are the user's."""
    modes = GuestModes()
    modes.observe(b"\x1b]11;#000000\x07")

    assert b"\x1b]111\x1b\\" in modes.farewell()
    assert b"\x1b]" not in GuestModes().farewell()


@pytest.mark.parametrize(
    "undone",
    [
        b"\x1b[r",
        b"\x1b[?1015l",
        b"\x1b[?1016l",
        b"\x1b[?2026l",
        b"\x1b[?5l",
        b"\x1b[0 q",
        b"\x1b[4i",
    ],
)
def test_what_is_undone_always(undone):
    """Regions, mice, screens and printers are those of a shell again."""
    assert undone in RESET


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
