"""A painted screen is what a real terminal shows, here tmux, and goes on as it would there.

Left out of the random streams is what tmux does unlike xterm, on purpose or for what it cannot do:
- erasing, inserting, deleting, moving by columns, and a tab, behind the last column: xterm does it
  from the last column, tmux from behind it; so whatever could come there begins with CR or a move.
- a backspace in the first column, where tmux goes back over a wrap.
- lines inserted and deleted outside the scrolling region: nothing in xterm, all rows in tmux; and
  the cursor goes to the first column in xterm as in DEC's terminals.
- the last column without autowrap: xterm writes over it, tmux drops what comes.
- one saved position for both screens, where xterm has one for each.
- halves of wide characters: blanks in xterm, some of them nothing in tmux.
- as many blanks inserted as there is room for, where tmux leaves what was there.
- the alternate screen shown or left behind the last column: xterm saves that, tmux does not.
- leaving the alternate screen where it is not shown.
- where the cursor goes when a scrolling region is set while rows count from it: its first row in
  xterm, the screen's in tmux; so a move follows.
- `ESC [ a`, `ESC [ e`, and `ESC [ I`, which tmux does not know.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.screen import Emulator
from com1d.core.screen.row import Cell
from core.screen.tmux import AFRESH, Tmux


ROWS, COLUMNS = 7, 20
GRUB = (Path(__file__).parents[1] / "guest" / "grub.console").read_bytes()

NUMBERS = st.sampled_from([b"", b"0", b"1", b"2", b"3", b"7", b"30", b"999"])
TEXT = st.text(st.sampled_from("ab ~_qx|é"), min_size=1, max_size=9).map(str.encode)
WIDE = st.text(st.sampled_from("a世界"), min_size=1, max_size=14).map(lambda text: text.encode())
COLOURS = st.sampled_from(
    [b"\x1b[m", b"\x1b[1;31m", b"\x1b[44m", b"\x1b[7;38;5;196m", b"\x1b[0;48;2;1;2;3m",
     b"\x1b[22;9m", b"\x1b[4m", b"\x1b[2;3m", b"\x1b[24;27;39m", b"\x1b[95;102m",
     b"\x1b[38:5:9m", b"\x1b[8;5m"]
)  # fmt: skip
MOVES = st.one_of(
    st.builds(lambda row, column: b"\x1b[%b;%bH" % (row, column), NUMBERS, NUMBERS),
    st.builds(lambda n, final: b"\r\x1b[%b%c" % (n, final), NUMBERS, st.sampled_from(b"ABCEFG`d")),
    st.sampled_from([b"\r\n", b"\r", b"\r\x1bM", b"\r\x1bD", b"\r\x1bE", b"\r\v"]),
)
"""Each leaves the cursor in a column that there is."""
ERASED_HISTORY = (b"3J", b"7J", b"30J", b"999J")
FULL_ROW = (b"30@", b"999@")
CHANGES = st.builds(
    lambda move, n, final: b"%b\x1b[%b%c" % (move, n, final),
    MOVES, NUMBERS, st.sampled_from(b"@PXKDJSTZbC"),
).filter(lambda change: not change.endswith(ERASED_HISTORY + FULL_ROW))  # fmt: skip
TABS = st.builds(
    lambda move, then: move + then,
    MOVES,
    st.sampled_from(
        [b"\t", b"\t\t", b"\x1b[3G\b", b"\x1bH", b"\x1b[g", b"\x1b[3g", b"\x1b[Z", b"\x1b[2Z"]
    ),
)  # fmt: skip
STATES = st.sampled_from(
    [b"\x1b[?6h", b"\x1b[?6l", b"\x1b[2;5r\x1b[H", b"\x1b[3;4r\x1b[H", b"\x1b[r\x1b[H",
     b"\x1b[4h", b"\x1b[4l", b"\x1b7",
     b"\x1b8", b"\x1b[s", b"\x1b[u", b"\x1b(0", b"\x1b(B", b"\x1b)0", b"\x0e", b"\x0f",
     b"\x1b#8", b"\x1b[?1h", b"\x1b[?25l", b"\x1b[?25h", b"\x1b[?1000h", b"\x1b[?1006h", b"\x1bc"]
)  # fmt: skip
ODD = st.sampled_from(
    [b"\x1b[1\r;3\x07H", b"\x1b[\n2\x00C", b"\x1b]0;title\x07",
     b"\x1b]0;" + b"x" * 5000 + b"\x1b\\", b"\x1bPq#0\x1b\\", b"\x1b_app\x1b\\", b"\x1b[9\x18z",
     b"\x1b[>4;2m", b"\x1b[?4m", b"\x07\x00",
     b"\x1b[2 q", b"\x1b%G", b"a\x1b[5b"]
)  # fmt: skip
PARTS = st.one_of(TEXT, TEXT, MOVES, CHANGES, TABS, STATES, COLOURS, ODD)
STREAMS = st.lists(PARTS, max_size=25).map(b"".join)
SIMPLE = st.lists(st.one_of(TEXT, MOVES, COLOURS), max_size=8).map(b"".join)
EAST = st.lists(st.one_of(WIDE, st.just(b"\r\n"), COLOURS), max_size=15).map(b"".join)


@pytest.fixture(scope="module")
def tmux() -> Iterator[Tmux]:
    with tempfile.TemporaryDirectory() as folder, Tmux(Path(folder), ROWS, COLUMNS) as server:
        yield server


def painted(data: bytes, rows: int = ROWS, columns: int = COLUMNS) -> bytes:
    emulator = Emulator(rows, columns)
    for _ in emulator.read(data):
        pass
    return b"".join(emulator.paint())


def same(tmux: Tmux, before: bytes, after: bytes) -> None:
    """Expect of a painted terminal what one shows that was there from the beginning."""
    screen = painted(before)
    assert shown(tmux, 0, before) == shown(tmux, 1, screen)
    assert shown(tmux, 0, before + after) == shown(tmux, 1, screen + after)


def shown(tmux: Tmux, pane: int, data: bytes) -> tuple[list[list[Cell]], str]:
    """Give the cells of each row, and the state.

    tmux says nothing of erased cells at a row's end, so blanks at an end are none.
    """
    rows, state = tmux.show(pane, AFRESH + data)
    emulator = Emulator(ROWS, COLUMNS)
    # It gives graphics as letters in G1.
    for _ in emulator.read(b"\x1b)0" + "\r\n".join(rows).encode()):
        pass
    cells = [list(map(Cell, row.texts, row.looks)) for row in emulator.terminal.rows]
    for row in cells:
        while row and row[-1].text == " ":
            row.pop()
    return cells, state


@given(before=STREAMS, after=STREAMS)
def test_streams(tmux, before, after):
    """Moves, regions, origin, tabs, insert mode, character sets, saved positions and colours."""
    same(tmux, before, after)


@given(parts=st.lists(SIMPLE, min_size=5, max_size=5), cut=st.integers(0, 4))
def test_the_alternate_screen(tmux, parts, cut):
    """The main one is there again, with its cursor."""
    switches = [b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?47h", b"\x1b[?47l", b""]
    stream = [part + b"\x1b[3G" + switch for part, switch in zip(parts, switches, strict=True)]
    same(tmux, b"".join(stream[:cut]), b"".join(stream[cut:]))


@pytest.mark.parametrize("cut", [1, 400, 1500, 3000])
def test_the_boot_of_grub(tmux, cut):
    """A recorded stream, on a terminal too small for it."""
    same(tmux, GRUB[:cut], GRUB[cut:])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"hello, wurld\x1b[Zo\r\n\x1b[1;16HMENU\x1b[2ZX\x1b[3;1Hsecond", b"!"),
        (b"\x1b[3g\x1b[5G\x1bH\r", b"\tfive\r\n\t\t|"),
        (b"\x1b[2;5r\x1b[?6h\x1b[2;2H", b"\n\n\n\nx\x1b[1;1Hy"),
        (b"\x1b[4;4Hx\x1b[3;6r", b"y\x1b[9;9Hz\r\n\n"),
        (b"-" * COLUMNS, b"next"),
        (b"ab", b"\x1b[3b|"),
        (b"\x1b[4hend\x1b[G-", b"\x1b[2b|"),
        (b"\x1b#8", b"\x1b[2;2H\x1b[J"),
        (b"\x1b[3", b"\n;4Hx"),
        (b"\x1b7ab\x1b[3;3H\x1b(0q", b"\x1b8x\x1b[31mq"),
        (b"\x1b]0;a title that goes", b" on\x07text"),
    ],
    ids=["back-tab", "tab stops", "origin", "region", "autowrap pending", "repeat",
         "repeat in insert mode", "alignment", "control in a sequence", "saved", "title"],
)  # fmt: skip
def test_kinds(tmux, before, after):
    """What users saw wrong, or what was not carried over, by its name."""
    same(tmux, before, after)


@given(before=EAST, after=EAST)
def test_wide_characters(tmux, before, after):
    """None is halved at the margin."""
    same(tmux, before, after)
