"""A console's bytes as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.guest.text import CLEARED, ERASED, LONGEST_STRING, MOVED, PlainText


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain\r\ntext\n", "plain\ntext\n"),
        (b"a\rb", "a\nb"),
        ("é€🙂".encode(), "é€🙂"),
        (b"\xfe\xfe", "\ufffd\ufffd"),
        (b"\x1b[1;33mcolour\x1b[0m\x1b[K", "colour"),
        (b"\x1b]0;a title\x07x\x1b]2;another\x1b\\y", "xy"),
        (b"\x1b(Bx\x1b7y\x1b=", "xy"),
        (b"\x1b[6nx\x1b[?25lz", "xz"),
        (b"a\x1b[5;7Hb\x1b[12fc\x1b[3dd", f"a{MOVED}\nb{MOVED}\nc{MOVED}\nd"),
        (b"a\x1b[2Jb\x1bcc", f"a{CLEARED}\nb{CLEARED}\nc"),
        (b"a\x1b[Jb\x1b[0Jc", f"a{ERASED}\nb{ERASED}\nc"),
        (b"the guest's own \x0b\x0c\x0emarks", "the guest's own marks"),
        (b"\x1b\x1b\x1b[Ax\x1b\x1b", "x"),
    ],
)
def test_what_is_left_is_text(data: bytes, text: str):
    """Colours and the like vanish; a move of the cursor ends the line, and says so."""
    assert text == PlainText().read(data)


PIECES = [
    b"\x1b", b"[", b"]", b"0;t", b"\x07", b"\\", b"2J", b"1;1H", b"\r", b"\n", b"x", b"\xc3",
    b"\xa9", b"\xe2\x82", b"\xf0\x9f", b"\x0b", b"?25", b"l", b" " * 50, b"c", b"(", b"P",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=3)))
def test_it_is_the_same_however_it_is_cut(pieces: list[bytes]):
    """Sequences, characters and line ends may be split anywhere."""
    plain = PlainText()

    assert PlainText().read(b"".join(pieces) + b"x\n") == "".join(
        plain.read(piece) for piece in [*pieces, b"x\n"]
    )


def test_a_control_string_of_any_length_is_no_text():
    """It is not kept, either; one without an end does not swallow the console for ever."""
    plain = PlainText()
    start = "".join(plain.read(piece) for piece in [b"\x1b]3008;", b"x" * 5000, b"\x1b", b"\\y"])

    assert "y" == start
    assert "" == plain.read(b"\x1b]0;a line")
    assert "\nnext" == plain.read(b" without an end\nnext")
    assert "" == plain.read(b"\x1bP" + b"q" * LONGEST_STRING)
    assert "z" == plain.read(b"q" * 9 + b"z")[-1:]


@pytest.mark.parametrize(
    "filler",
    [b"\x00", b"\x07", b"\x7f", b"\x05", b"\x16", b"\x11", b"\xff",
     *map(str.encode, "\xad\u200b\u200e\u202e\u2060\ufeff")],
)  # fmt: skip
def test_filler_is_no_text(filler: bytes):
    """A terminal takes no notice of it, within a word or between words."""
    assert "login:" == PlainText().read(b"lo" + filler + b"gin" + filler * 3 + b":")


def test_a_return_is_known_before_what_follows_it():
    """The cursor is off its text; whether a line feed comes is not known yet."""
    plain = PlainText()

    assert ("prompt", True) == (plain.read(b"prompt\r"), plain.returned)
    assert ("\nx", False) == (plain.read(b"\nx"), plain.returned)


def test_after_forgetting_nothing_is_continued():
    """Half a sequence is dropped with what was before it."""
    plain = PlainText()
    plain.read(b"\x1b[1;")
    plain.forget()

    assert "1H" == plain.read(b"1H")
