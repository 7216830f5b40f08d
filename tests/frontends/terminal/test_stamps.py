"""Times between a guest's bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.terminal.stamps import Stamps


def fed(*pieces: bytes) -> bytes:
    stamps = Stamps()
    stamps.turn()
    return b"".join(stamps.feed(piece, "T") for piece in pieces)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"rest of a line", b"rest of a line"),
        (b"one\r\ntwo\nthree", b"one\r\nT two\nT three"),
        (b"a\r\n\r\nb", b"a\r\n\r\nT b"),
        (b"10 %\r20 %", b"10 %\rT 20 %"),
        (b"end\r\n", b"end\r\n"),
    ],
)
def test_each_line_has_its_time(data: bytes, shown: bytes):
    """From the next line on, and where a line is written over; an empty one has none."""
    assert shown == fed(data)


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\x1b[m"]), max_size=8))
def test_where_a_read_ends_makes_no_difference(pieces):
    """Byte by byte as in one piece, but for a return of which nobody knows yet what follows."""
    whole = b"".join(pieces)
    assert fed(whole).replace(b"T ", b"") == whole
    assert fed(*pieces).replace(b"T ", b"") == whole


def test_a_line_that_ends_between_two_reads():
    """The time is that of the next line's first byte."""
    assert b"a\r\nT b" == fed(b"a\r\n", b"b")
    assert b"a\r\nT b" == fed(b"a\r", b"\nb")


def test_off_and_on():
    """Off at first; nothing is put in then."""
    stamps = Stamps()
    assert b"a\nb" == stamps.feed(b"a\nb", "T")
    assert stamps.turn()
    assert not stamps.turn()
    assert b"\nb" == stamps.feed(b"\nb", "T")
