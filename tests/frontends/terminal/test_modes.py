"""What is taken back in a terminal after a guest has used it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from com1d.frontends.terminal.encodings import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON
from com1d.frontends.terminal.modes import RESET, GuestModes
from core.screen.tmux import AFRESH, Tmux


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
        (b"\x1b[?1;47;25h", LEAVE + RESET),
        (b"\x1b[?1049;6h vi \x1b[?25;1049;6l", RESET),
        (b"\xc2\x9b?1049h", LEAVE + RESET),
        (b"\x1b[?7;25;6h", b"\x1b[?6l\x1b[r\x1b[999;1H" + RESET),
        (b"\x1b%@", RESET + b"\x1b%G"),
        (b"\x1b G", RESET + b"\x1b F"),
        (b"\x1b[?3h", RESET + b"\x1b[?3l\x1b[?40l"),
        (b"\x1b]22;wait\x1b\\", RESET + b"\x1b]22;\x1b\\"),
        (b"\x1b[?3l\x1b[?2l\x1b[8;24;80t", RESET),
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


@pytest.mark.parametrize("output", [b"\x1b[3g", b"\x1bH", b"\x1b[g", b"ab\x1b[0g", b"\xc2\x88"])
def test_tab_stops_that_the_guest_set_are_every_eight_columns_again(output):
    """Nobody else moves the cursor for that."""
    modes = GuestModes()
    modes.observe(output)

    assert b"\x1b[3g\x1b[9G\x1bH\x1b[17G\x1bH" in modes.farewell()
    assert b"\x1bH" not in GuestModes().farewell()


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
        b"\x1b[>1m",
        b"\x1b[?8h",
        b"\x1b[0'z",
        b"\x1b[?1061l",
    ],
)
def test_what_is_undone_always(undone):
    """Regions, mice, screens and printers are those of a shell again."""
    assert undone in RESET


def test_bracketed_paste_goes_in_the_end():
    """The user's shell decides about its pastes itself."""
    assert RESET.endswith(BRACKETED_PASTE_OFF)


@pytest.mark.parametrize("lost", [BRACKETED_PASTE_OFF, b"\x1b[?25;2004l", b"\x1bc"])
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


SWITCHES = st.builds(
    lambda numbers, final: b"\x1b[?%b%c" % (b";".join(b"%d" % n for n in numbers), final),
    st.lists(
        st.sampled_from([1, 5, 6, 7, 9, 12, 25, 47, 66, 1000, 1002, 1003, 1005, 1006, 1049, 2004]),
        min_size=1, max_size=4,
    ),
    st.sampled_from(b"hl"),
)  # fmt: skip
OTHERS = st.sampled_from(
    [b"\x1b[4h", b"\x1b[20h", b"\x1b[2;5r", b"\x1b=", b"\x1b[>4;2m", b"\x1b[=1;1u", b"\x1b[>1u",
     b"\x1bP", b"\x1b]0;x", b"\x1b_", b"\x1bX", b"\x1bk", b"\x1b", b"\x1b[", b"\x1b[?", b"a\r\n",
     b"\x1b7", b"\x1b8", b"\x1b[3 q", b"\x0e", b"\x1b(0", b"\x1b#8", b"\x1b[!p", b"\x18"]
)  # fmt: skip


@pytest.fixture(scope="module")
def tmux() -> Iterator[Tmux]:
    with tempfile.TemporaryDirectory() as folder, Tmux(Path(folder), 7, 20, panes=1) as server:
        yield server


@given(data=st.lists(st.one_of(SWITCHES, OTHERS), max_size=7).map(b"".join))
@settings(max_examples=100)
def test_a_terminal_is_as_it_was(tmux: Tmux, data: bytes):
    """Whatever a guest has switched on, several at once or in the middle of a string."""
    modes = GuestModes()
    modes.observe(data)
    found = [tmux.show(0, AFRESH + output)[1] for output in (RESET, data + modes.farewell())]

    assert found[0].split()[1:] == found[1].split()[1:]  # all but the cursor's place
