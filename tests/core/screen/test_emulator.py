"""The screen on attach: another terminal that is painted shows the same, and goes on the same."""

import gc
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import wcwidth

from com1d.core.screen import Emulator, beginning
from com1d.core.screen.terminal import COMBINED_MAX


GRUB = (Path(__file__).parents[1] / "guest" / "grub.console").read_bytes()

MENU = """\

                       GNU GRUB  version 2.06-13+deb12u2

 +----------------------------------------------------------------------------+
 |*first entry                                                                |
 | second entry                                                               |
 | boot linux                                                                 |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 +----------------------------------------------------------------------------+

      Use the ^ and v keys to select which entry is highlighted.
      Press enter to boot the selected OS, `e' to edit the commands
      before booting or `c' for a command-line.
   The highlighted entry will be executed automatically in 8s."""

LETTERS = "ab ~_qx|é█世a\u0301\u200d\u202e\U0001f600"
CONTROLS = [b"\r\n", b"\n", b"\r", b"\b", b"\t", b"\x0e", b"\x0f", b"\x07", b"\x00\x01\x7f"]
NUMBERS = [
    b"", b"0", b"1", b"2", b"3;7", b"5;2", b"9999", b"31", b"7", b"38;5;196", b"48;2;1;2;3", b"4:3",
    b"6", b"1049", b";", b"9" * 20,
]  # fmt: skip
SEQUENCES = [
    b"\x1b7", b"\x1b8", b"\x1bM", b"\x1bD", b"\x1bE", b"\x1b(0", b"\x1b(B", b"\x1b)0", b"\x1bc",
    b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?47h", b"\x1b[?6h", b"\x1b[?6l", b"\x1b[?7l",
    b"\x1b[?25l", b"\x1b[4h", b"\x1b[4l", b"\x1b[2;5r", b"\x1b[r", b"\x1b[41m", b"\x1b[K",
    b"\x1b[J",
    b"\x1b]0;title\x07", b"\x1b]0;title\x1b\\", b"\x1bP1$r\x1b\\", b"\x1b]0;cut\x1b[1m",
    b"\x1b[6n", b"\x1b[c", b"\x1b#8", b"\x1b%G", b"\x1bH", b"\x1b[g", b"\x1b[3g", b"\x1b[5\n",
]  # fmt: skip
PARTS = st.one_of(
    st.text(st.sampled_from(LETTERS), max_size=8).map(str.encode),
    st.sampled_from(CONTROLS + SEQUENCES),
    st.builds(
        lambda mark, numbers, final: b"\x1b[%b%b%c" % (mark, numbers, final),
        st.sampled_from([b"", b"", b"", b"?", b">"]),
        st.sampled_from(NUMBERS),
        st.sampled_from(b"@ABCDEFGHIJKLMPSTXZabdefghlmnrsu`"),
    ),
    st.binary(max_size=6),
)
STREAMS = st.lists(PARTS, max_size=40).map(b"".join)
SIZES = st.sampled_from([(24, 80), (7, 11), (2, 2), (100, 300)])


def emulate(data: bytes, rows: int = 24, columns: int = 80) -> Emulator:
    emulator = Emulator(rows, columns)
    more(emulator, data)
    return emulator


def more(emulator: Emulator, data: bytes) -> None:
    for _ in emulator.read(data):
        pass


def painted(emulator: Emulator) -> bytes:
    return b"".join(emulator.paint())


def shown(data: bytes) -> str:
    """Give the text on the screen, without blanks at the ends."""
    screen = emulate(data).terminal
    rows = ["".join(row.whole(80).texts) for row in screen.rows]
    return "\n".join(row.rstrip() for row in rows).rstrip()


def test_the_menu_of_grub():
    """A real boot up to its menu is the menu, to the last cell."""
    drawn, end, _ = GRUB.partition(b"automatically in 8s.")

    assert MENU == shown(drawn + end)


@given(before=STREAMS, after=STREAMS, size=SIZES)
@example(before=b"a" * 80, after=b"b", size=(24, 80))
@example(before=b"a" * 78 + "世".encode(), after=b"b", size=(24, 80))
@example(before=b"\x1b[2;5r\x1b[?6h\x1b[2;2H", after=b"\n\n\n\nx", size=(24, 80))
@example(before=b"main\x1b[?1049halt\x1b[3", after=b"1mred\x1b[?1049lback", size=(24, 80))
@example(before="__\x1b7__\u0301".encode(), after=b"", size=(2, 2))
@example(before=b"\x1b[48;2;1;2;9999mx", after=b"", size=(24, 80))
@example(before=b"\xe4\xb8", after=b"\x96", size=(24, 80))
@example(before=b"\x1b(0\x1b7\x1b(Bq\x1b[31m", after=b"q\x1b8q", size=(24, 80))
@example(before=b" \x1bM", after="\n\u0301".encode(), size=(24, 80))
def test_who_is_painted_sees_what_who_was_there_sees(before, after, size):
    """Wherever the stream is cut, the painted screen and the rest show the whole."""
    there = emulate(before, *size)
    late = emulate(painted(there), *size)
    assert painted(there) == painted(late)

    more(there, after)
    more(late, after)
    assert painted(there) == painted(late)


@given(data=STREAMS, cuts=st.lists(st.integers(0, 400), max_size=5))
def test_how_it_is_read_does_not_matter(data, cuts):
    """Any division of the bytes gives the same screen."""
    whole, pieces = emulate(data), Emulator()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for begin, end in pairwise(edges):
        more(pieces, data[begin:end])

    assert painted(whole) == painted(pieces)


@given(data=st.one_of(STREAMS, st.binary(max_size=2000)), size=SIZES)
def test_a_painted_screen_asks_nothing(data, size):
    """No query of the guest is repeated: what is painted are cells, modes and the cursor."""
    emulator = emulate(data, *size)
    *parts, _unfinished = emulator.paint()
    text = b"".join(parts)

    for query in (b"n", b"c", b"t"):
        assert query not in [sequence[-1:] for sequence in sequences(text)]
    assert b"\x1b]" not in text
    assert b"\x1bP" not in text
    assert all(part in b"\x1b\x0e\x0f" or part >= 0x20 for part in text)


def sequences(text: bytes) -> list[bytes]:
    """Give the control sequences in a text, up to their last byte."""
    found = []
    for part in text.split(b"\x1b[")[1:]:
        end = next(index for index, byte in enumerate(part) if byte >= 0x40)
        found.append(part[: end + 1])
    return found


def test_marks_do_not_pile_up():
    """A cell holds a letter and its marks, and no more of them than any language has."""
    text = "a" + "\u0301" * 5000
    screen = emulate(text.encode()).terminal

    cell = screen.rows[0].texts[0]
    assert unicodedata.normalize("NFC", "a\u0301") == cell[0]
    assert len(cell) <= COMBINED_MAX


def test_a_screen_is_little_for_the_garbage_collector():
    """However it changes: a look at 15,000 cells for each client would hold the loop."""
    screen = Emulator(50, 300)
    rest = screen.read(b"".join(b"\x1b[%dmab" % (31 + n % 7) for n in range(16_000)))
    for _ in zip(range(40_000), rest, strict=False):
        pass  # it is full, and scrolls
    gc.collect()
    before = len(gc.get_objects())
    was_on = gc.isenabled()
    gc.disable()
    try:
        for _ in rest:
            pass
        assert len(gc.get_objects()) - before < 1000
    finally:
        if was_on:
            gc.enable()


def test_a_wide_character_without_room_goes_to_the_next_row():
    """As on any terminal, its halves stay together."""
    assert "a" * 79 + "\n世" == shown(b"a" * 79 + "世".encode())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"one\r\ntwo\x1b[Athree", "onethree\ntwo"),
        (b"\x1b[2;3r1\r\n2\r\n3\r\n4\r\n5", "1\n4\n5"),
        (b"a\x1b[?1049hb\x1b[?1049lc", "ac"),
        (b"\x1b(0lqk\x1b(Bq+\x0ex\x0f", "┌─┐q+x"),
        (b"ab\x1b[3b", "abbbb"),
        (b"abc\x1b[2G\x1b[@x", "axbc"),
        (b"abc\x1b[1G\x1b[P", "bc"),
        (b"abc\x1b[1G\x1b[2X", "  c"),
        (b"1\r\n2\r\n3\x1b[S", "2\n3"),
        (b"1\x1b[T", "\n1"),
        (b"\x1b]0;a title\x07text", "text"),
        (b"\x1b]0;never ended" + b"." * 10 + b"\x1b[1mtext", "text"),
        (b"a\x01\x02b", "ab"),
        (b"\x1b[>4;2ma\x1b[?4mb\x1b[2 qc", "abc"),
        (b"\x1b[96ha\x1b[192hb", "ab"),
        ("a\u200db".encode(), "ab"),
    ],
    ids=["up", "region", "alternate", "graphics", "repeat", "insert", "delete", "erase",
         "scroll up", "scroll back", "title", "lost title", "controls", "unknown", "numbers",
         "joiner"],
)  # fmt: skip
def test_what_terminals_do(data, expected):
    """Sequences that pyte lacks, or takes for others, do what they do on a terminal."""
    assert expected == shown(data)


def test_attributes_are_painted():
    """Colours of every kind, and the styles."""
    data = (
        b"\x1b[1;31;44mA\x1b[0;7;38;5;196mB\x1b[0;48;2;1;2;3mC\x1b[m\x1b[4;94mD"
        b"\x1b[0;41m\x1b[2;1H\x1b[K\x1b[m"
    )
    screen = painted(emulate(data))

    assert b"\x1b[0;1;31;44mA\x1b[0;7;38;5;196mB\x1b[0;48;2;1;2;3mC\x1b[0;4;94mD" in screen
    assert b"\x1b[2H\x1b[0;41m" + b" " * 80 in screen


def test_editors_keys_are_painted():
    """A terminal that attaches to an editor sends the keys that the editor asked for."""
    screen = painted(emulate(b"\x1b[?1049h\x1b[?1h\x1b[?2004hvi\x1b[?25l"))

    assert b"\x1b[?1049h" in screen
    assert b"\x1b[?1h" in screen
    assert b"\x1b[?2004h" in screen
    assert b"\x1b[?25l" in screen


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"of a line\nnext", 10), (b"1mof\x1b[m", 4), (b"nothing", 0), (b"x" * 5000 + b"\n", 0)],
)
def test_where_to_begin(data, expected):
    """At the first whole line or sequence, unless none begins soon."""
    assert expected == beginning(data)


def test_width_tables_agree():
    """What the tests draw is as wide as they mean."""
    assert [1, 2, 0] == [wcwidth(char) for char in "é世\u0301"]
