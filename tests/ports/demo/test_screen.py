"""The 80 x 24 cells of a channel."""

import re

from hypothesis import given
from hypothesis import strategies as st

from com1d.ports.demo.screen import CLEAR, COLUMNS, ROWS, Screen
from ports.demo.terminal import Terminal


WRITTEN = st.lists(
    st.one_of(
        st.sampled_from(["\r\n", "\r", "\n", "\b", CLEAR, "x" * 79, "y" * 80, "\a"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=100),
    ),
    max_size=40,
)


def painted(*texts):
    """Give a screen with texts written to it."""
    screen = Screen()
    for text in texts:
        screen.write(text)
    return screen


def test_redraw_to_the_byte():
    """A redraw clears, sets graphics and colours, paints every cell, and puts the cursor back."""
    graphics = "\x1b[22m\x1b[25m\x1b[27m\x1b[40m\x1b[37m"
    blank = " " * COLUMNS
    rows = "".join(f"\x1b[{row};1H{blank}" for row in range(3, ROWS + 1))
    expected = (
        f"\x1b[2J\x1b[1;1H\x1b[0m{graphics}{'one'.ljust(COLUMNS)}"
        f"\x1b[2;1H{'SAC>'.ljust(COLUMNS)}{rows}\x1b[2;5H{graphics}"
    )
    assert painted("one\r\nSAC>").redraw() == expected


@given(WRITTEN)
def test_redraw_shows_what_was_written(texts):
    """A terminal shows the same after a redraw as when it had got the text itself."""
    direct, redrawn = Terminal(), Terminal()
    direct.feed("".join(texts))
    redrawn.feed(painted(*texts).redraw())
    assert (redrawn.lines(), redrawn.cursor()) == (direct.lines(), direct.cursor())


@given(WRITTEN)
def test_redraw_paints_every_cell(texts):
    """A redraw is always the whole grid, whatever was written, so its size is bounded."""
    cells = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", painted(*texts).redraw())
    assert len(cells) == ROWS * COLUMNS
