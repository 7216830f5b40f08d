"""A guest's output as text and moves."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.strokes import (
    Address,
    Jump,
    NewLine,
    Return,
    Step,
    Stroke,
    Strokes,
    Text,
    cell_after,
    moves,
)


def read(data: bytes, cuts: tuple[int, ...] = ()) -> list[Stroke]:
    """Read output split at the cuts; join texts and steps that the cuts parted."""
    strokes, read_so_far = Strokes(), []
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in pairwise(places):
        for stroke in strokes.read(data[begin:end]):
            last = read_so_far[-1] if read_so_far else None
            if isinstance(stroke, Text) and isinstance(last, Text):
                read_so_far[-1] = Text(last.text + stroke.text)
            else:
                read_so_far.append(stroke)
    return read_so_far


@pytest.mark.parametrize(
    ("data", "strokes"),
    [
        (b"ab\tc", [Text("ab\tc")]),
        ("é€🙂".encode(), [Text("é€🙂")]),
        (b"a\xffb", [Text("a\ufffdb")]),
        (b"\r\n", [NewLine()]),
        (b"\r\r\n\n", [NewLine(), NewLine()]),
        (b"a\rb", [Text("a"), Return(), Text("b")]),
        (b"\b\b\b", [Step(-3)]),
        (b"\x1b[5D\x1b[C\x1b[0C", [Step(-5), Step(1), Step(1)]),
        (b"\x1b[7;12H\x1b[H\x1b[3f", [Address(7, 12), Address(1, 1), Address(3, 1)]),
        (b"\x1b[9G", [Address(None, 9)]),
        (b"\x1b[A\x1b[2B\x1b[E\x1b[u\x1b8", [Jump()] * 5),
        (b"\x1b[1;31ma\x1b[0m\x1b[K\x1b[?2004h\x1b[6nb", [Text("a"), Text("b")]),
        (b"\x1b]0;title\x07a\x1b]2;t\x1b\\b\x1b(Bc\x1b=d", [Text(c) for c in "abcd"]),
        (b"\x07\x00a\x0e\x0fb", [Text("a"), Text("b")]),
        (b"\x1b[999999999999999999999;7Ha", [Address(9999999999999999, 1), Text("a")]),
    ],
)
def test_text_and_moves_are_told_from_the_rest(data: bytes, strokes: list[Stroke]):
    """What moves nothing is left out: colours, erasing, modes, titles, bells."""
    assert strokes == list(Strokes().read(data))


@given(
    st.lists(
        st.sampled_from(
            [
                b"a",
                b"bc",
                b"\x1b[31m",
                b"\x1b[2;3H",
                b"\x1b[4D",
                b"\x1b]0;x\x07",
                b"\n",
                "é🙂".encode(),
            ]
        )
    ).map(b"".join),
    st.lists(st.integers(0, 200), max_size=10).map(tuple),
)
def test_sequences_may_be_split_anywhere(data: bytes, cuts: tuple[int, ...]):
    """However the output arrives, its strokes are the same."""
    assert read(data) == read(data, cuts)


@given(st.lists(st.binary(max_size=50)))
def test_any_bytes_are_read_without_an_error_and_without_hoarding(pieces: list[bytes]):
    """Line noise and binary output are some strokes or other; an endless title is not kept."""
    strokes = Strokes()
    for piece in pieces:
        assert all(isinstance(stroke, Stroke) for stroke in strokes.read(piece))

    list(strokes.read(b"\x1b]0;" + b"x" * 100000))
    assert len(strokes._partial) <= 256


def test_skimming_gives_the_text_with_everything_in_it():
    """A flood is only searched; what was unfinished comes first, so nothing is lost between."""
    strokes = Strokes()
    list(strokes.read(b"a\x1b[3"))

    assert strokes.skim(b"1mb\r\n") == "\x1b[31mb\r\n"
    assert [Text("c")] == list(strokes.read(b"c"))


def test_moves_are_the_control_characters():
    """Text without them is read in one go, however long it is."""
    assert [0, 0, 5] == [moves(b"x" * 9), moves("é\t".encode()), moves(b"\x1b[m\r\n\b\x7f")]
    assert 2 == moves("a\x9fb\x80".encode())


@pytest.mark.parametrize(
    ("stroke", "cell"),
    [
        (Text("abc"), (5, 13)),
        (Step(-3), (5, 7)),
        (Step(-30), (5, 1)),
        (Address(2, 3), (2, 3)),
        (Address(None, 4), (5, 4)),
        (Return(), (5, 1)),
        (NewLine(), (6, 1)),
        (Jump(), None),
    ],
)
def test_the_cell_is_followed_where_it_can_be_known(stroke: Stroke, cell: tuple[int, int] | None):
    """From a known cell all moves but one lead to another; from an unknown one an address does."""
    assert cell == cell_after((5, 10), stroke)
    assert (cell if stroke == Address(2, 3) else None) == cell_after(None, stroke)
