"""A guest's output as the lines that a terminal would have shown: by the kinds that went wrong."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from com1d.frontends.words.lines import LINE_MAX, Lines, Shown
from com1d.frontends.words.lines.page import COLUMN_MAX, HEIGHT
from com1d.frontends.words.lines.reading import STRING_MAX


def lines(*pieces: bytes) -> list[Shown]:
    """Give the lines of pieces that came at the times 0, 1, 2 and so on."""
    reading, offset, shown = Lines(), 0, []
    for number, piece in enumerate(pieces):
        shown += reading.feed(piece, str(number), offset)
        offset += len(piece)
    return shown + reading.finish()


def texts(*pieces: bytes) -> list[str]:
    return [line.text for line in lines(*pieces)]


STATES = b"".join(
    b"\r\x1b[K[ \x1b[0;31m*\x1b[0m ] A start job is running (%ds)" % n for n in range(60)
)
BAR = b"".join(b"\r%3d%% [%-100s]" % (done, b"#" * done) for done in range(0, 101, 4))
PULL = b"".join(
    b"\x1b[2A\x1b[2Kone: %d%%\r\n\x1b[2Ktwo: %d%%\r\n" % (done, done) for done in range(0, 101, 10)
)
WINDOWS = (
    b"\x1b[2J\x1b[01;01H\x1b[37m\x1b[40m\x1b[1;30HWindows Boot Manager\x1b[3;1HWindows failed to "
    b"start.\x1b[6;5HStatus: 0xc000000f\x1b[8;5HInfo: \x1b[8;11HA device\x1b[24;1HENTER=Continue"
)
LOADER = b"/boot/kernel/kernel text=0x1a2b3c |\b/\b-\b\\\b|\b/\b \bdata=0x4d5e6f\r\n"
TITLE = b"\x1b]3008;start=%b;type=shell\x1b\\" % (b"x" * 300)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (b"up\r\n" + STATES + b"\r\x1b[K[ TIME ] Timed out.\r\nend\r\n",
         ["up", "[ TIME ] Timed out.", "end"]),
        (BAR + b"\r\ndone\r\n", ["100% [" + "#" * 100 + "]", "done"]),
        (b"\r\n\r\n" + PULL + b"ok", ["one: 100%", "two: 100%", "ok"]),
        (b"fsck |\b/\b-\b\x1b[Kclean\r\n", ["fsck clean"]),
        (b"Waiting 3\b2\b1\b\b\x1b[Pdone", ["Waitingdone"]),
    ],
    ids=["systemd", "bar wider than a terminal", "several rows", "spinner", "countdown"],
)  # fmt: skip
def test_progress_is_its_last_state(printed, expected):
    """What was written over in its place is no line of its own."""
    assert expected == texts(printed)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (WINDOWS, [" " * 29 + "Windows Boot Manager", "Windows failed to start.",
                   "    Status: 0xc000000f", "    Info: A device", "ENTER=Continue"]),
        (b"\x1b[5;3Hfive\x1b[2;3Htwo\x1b[3dthree", ["  two", "     three", "  five"]),
        (b"\x1b[2J\x1b[Hfirst\x1b[2J\x1b[Hsecond", ["first", "second"]),
        (b"$ vi\r\n\x1b[?1049h\x1b[H~\x1b[2H~ file\x1b[?1049l$ ", ["$ vi", "~", "~ file", "$"]),
        (b"a\r\n\x1b[H\x1b[Jb", ["a", "b"]),
        (b"\x1b[40;2Hfar\x1b[999;999Hx", [" far" + " " * (COLUMN_MAX - 5) + "x"]),
        (b"\x1b(0lqk\x1b(B box", ["┌─┐ box"]),
    ],
    ids=["Windows", "rows by number", "cleared", "alternate screen", "erased from home", "tall",
         "graphics"],
)  # fmt: skip
def test_a_painted_screen_is_its_rows(printed, expected):
    """From the top, each once, before the screen is cleared."""
    assert expected == texts(printed)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (LOADER, ["/boot/kernel/kernel text=0x1a2b3c data=0x4d5e6f"]),
        (b"passwrod\b\b\bord\r\n", ["password"]),
        (b"hello, wurld\x1b[Zo\r\n", ["hello, wo" + "rld"]),
        (b"abc\x1b[2D\x1b[@X\x1b[C\x1b[P\r\n", ["aXb"]),
        (b"a\tb\r\n\tc\tX\b\bd", ["a       b", "        c      dX"]),
        (b"-\x1b[9b|", ["-" * 10 + "|"]),
        (b"\x00\x07nul\x7f \x1a\x11bel\r\n", ["nul bel"]),
        ("世界\b\b!\r\ne\u0301".encode(), ["世!", "é"]),
        (b"x" * 80 + b" \r" + b"y\r\n", ["x" * 80 + "y"]),
        (b"a\n\nb\r\r\nc\r\n\r\n", ["a", "", "b", "c", ""]),
    ],
    ids=["loader", "typed again", "back-tab", "insert and delete", "tabs", "repeat", "filler",
         "wide", "a shell's wrap", "empty lines"],
)  # fmt: skip
def test_moves_within_a_line_are_carried_out(printed, expected):
    """The text is what stood there at the end, without the controls that brought it there."""
    assert expected == texts(printed)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (TITLE + b"[root@node01 ~]# ", ["[root@node01 ~]#"]),
        (b"\x1bPq" + b"#1~~\n" * 5000 + b"\x1b\\picture\r\n", ["picture"]),
        (b"\x1b_" + b"k" * 70000 + b"\x07key", ["key"]),
        (b"\x1b]0;torn by a reset\r\nSeaBIOS", ["", "SeaBIOS"]),
        (b"\x1b]0;torn\x1b[1mbold", ["bold"]),
        (b"\x1bP" + b"x" * STRING_MAX + b"text", ["text"]),
        (b"\x1b[1\x18;2Habc", [";2Habc"]),
        (b"\x1b[3\x07\x00Cx", ["   x"]),
        (b"\x1b[>4;2m\x1b[?2004h\x1b[2 q\x1b%Gtext\x1b[6n", ["text"]),
    ],
    ids=["OSC 3008", "sixel", "APC", "torn at a line", "torn by a sequence", "never ended",
         "cancelled", "control within", "unknown"],
)  # fmt: skip
def test_sequences_are_none_of_the_text(printed, expected):
    """However long they are; one that is torn does not hide what follows."""
    assert expected == texts(printed)


def test_each_line_knows_its_own_offset_and_the_time_of_its_last_byte():
    """Also where several lines come in one piece, and one line in several."""
    assert [
        Shown("0", 0, "one"), Shown("0", 5, "two"), Shown("2", 10, "three"), Shown("3", 17, "é"),
    ] == lines(b"one\r\ntwo\r\nth", b"re", b"e\r\n\xc3", b"\xa9")  # fmt: skip


PARTS = st.sampled_from(
    [b"text", b"a", b" ", b"\r\n", b"\n", b"\r", b"\b", b"\t", "é世\u0301".encode(), b"\xff",
     b"\xe4\xb8",
     b"\x1b[", b"\x1b]0;t", b"\x07", b"\x1b\\", b"\x18", b"\x1bP", b"\x1b[2;3H",
     b"\x1b[5;1\nH", b"\x1b[A",
     b"\x1b[K", b"\x1b[1K", b"\x1b[J", b"\x1b[2J", b"\x1b[2;4r", b"\x1b[L", b"\x1b[2M", b"\x1b[3P",
     b"\x1b[@", b"\x1b[4h", b"\x1b[9X", b"\x1bM", b"\x1bc", b"\x1b(0", b"\x0e", b"\x1b[5b",
     b"\x1b7",
     b"\x1b8", b"\x1b[?1049h", b"\x1b[S", b"\x1b[T", b"\x1b[Z", b"\x1b[60d", b"y" * 79]
)  # fmt: skip
STREAMS = st.lists(PARTS, max_size=30).map(b"".join)


@given(printed=st.one_of(STREAMS, st.binary(max_size=200)), cuts=st.lists(st.integers(0, 99)))
@example(printed=b"\xe4\xb8\x96\r\n\x1b[31mred", cuts=[1, 7])
def test_any_division_gives_the_same_lines(printed, cuts):
    """Pieces come as the guest and the disk had them. Only the times are those of the pieces."""
    edges = [0, *sorted(min(cut, len(printed)) for cut in cuts), len(printed)]
    whole = [(line.offset, line.text) for line in lines(printed)]

    divided = lines(*(printed[begin:end] for begin, end in pairwise(edges)))
    assert whole == [(line.offset, line.text) for line in divided]


@given(printed=STREAMS)
def test_a_line_is_safe_to_print(printed):
    """And its offset is within what was printed."""
    for line in lines(printed):
        assert line.text.isprintable()
        assert 0 <= line.offset < len(printed)


@pytest.mark.parametrize(
    "unit", [b"x", b"\x1b]", b"\x1bP", b"\x1b[9999C_", b"\x1b[999b-"], ids=repr
)
def test_an_endless_line_is_bounded(unit):
    """A page of the longest lines is all that is held of it."""
    reading, piece = Lines(), unit * (65536 // len(unit))
    for number in range(8):
        for line in reading.feed(piece, "AT", number * len(piece)):
            assert len(line.text) <= LINE_MAX
        held = [len(line.cells) for line in reading.page.rows if line is not None]
        assert len(held) <= HEIGHT
        assert max(held, default=0) <= LINE_MAX
        assert len(reading.held) <= 300
