"""Properties of text made harmless: what a guest says cannot steer a terminal."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.words.visible import SEQUENCE_MAX, Readable, visible


PIECES = st.one_of(
    st.sampled_from(
        [
            b"\x1b", b"\x1b[", b"\x1b[31m", b"\x1b]0;title\x07", b"\x1b]0;x\x1b\\", b"\x1bP",
            b"\x1b(B", b"\r", b"\n", b"\r\n", b"\r\r\n", b"\xc3\xa9", b"\xc3", b"\xe2\x80\xae",
            b"\x9b", b"text",
            b"\x1b]" + b"x" * (SEQUENCE_MAX + 2), b"\x07", b"\x00", b"\x7f", b"\x1b[" + b"1" * 70,
        ]
    ),
    st.binary(max_size=6),
)  # fmt: skip
OUTPUT = st.lists(PIECES, max_size=12).map(b"".join)


def read(*pieces: bytes) -> str:
    text = Readable()
    return "".join([text.feed(piece) for piece in pieces]) + text.finish()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web01", "web01"),
        ("Zoë", "Zoë"),
        ("\x1b]0;evil\x07", "\\x1b]0;evil\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\x9b1m", "\\x9b1m"),
        ("\u202etxt", "\\u202etxt"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_names(text, shown):
    """What does not print is shown as its number."""
    assert shown == visible(text)


@given(st.text())
def test_names_always_print(text):
    """Whatever the name, only characters that print are left; doing it again changes nothing."""
    shown = visible(text)

    assert shown.isprintable()
    assert shown == visible(shown)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (b"one\r\ntwo\r\n", "one\ntwo\n"),
        (b"one\r\r\ntwo", "one\ntwo"),
        (b"10%\r20%\r\n", "10%\n20%\n"),
        (b"\x1b[32m  OK  \x1b[0m started", "  OK   started"),
        (b"\x1b]0;a title\x07text", "text"),
        (b"\x1b]0;a title\x1b\\text", "text"),
        (b"\x1b(B\x1bctext", "text"),
        (b"a\x07\x00\x08b", "a\\x07\\x00\\x08b"),
        (b"caf\xc3\xa9 \xff", "caf\xe9 \ufffd"),
        (b"tail\x1b[3", "tail\\x1b[3"),
        (b"\x1b]never ends\r\nbut the text goes on", "\\x1b]never ends\nbut the text goes on"),
    ],
)
def test_logs(output, text):
    """A guest's output becomes the text that a person would copy from its screen."""
    assert text == read(output)


@given(OUTPUT, st.data())
def test_any_division_gives_the_same_text(output, data):
    """Where the reads of a log end makes no difference."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(output)), max_size=8)))
    edges = [0, *cuts, len(output)]
    pieces = [output[begin:end] for begin, end in itertools.pairwise(edges)]

    assert read(output) == read(*pieces)


@given(OUTPUT)
def test_logs_always_print(output):
    """No control character but tab and line feed is left, not one of C1 either."""
    text = read(output)

    assert text.replace("\n", "").replace("\t", "").isprintable()


@given(st.binary(max_size=64))
def test_held_text_is_bounded(noise):
    """An escape sequence that never ends does not swallow the log."""
    text = Readable()
    text.feed(b"\x1b]" + noise)
    text.feed(b"x" * (2 * SEQUENCE_MAX))

    assert len(text.finish()) <= SEQUENCE_MAX + 3
