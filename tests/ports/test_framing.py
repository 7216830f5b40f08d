"""The framing of a line: its bits, and that nothing that makes a line raw takes it away."""

import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.ports.attributes import CFLAG, IFLAG, LFLAG, raw
from com1d.ports.framing import FRAMED, XON_XOFF, Framing, as_framed


@pytest.mark.parametrize(
    ("framing", "bits"),
    [
        (Framing(), 10),
        (Framing("even", 7), 10),
        (Framing("odd", 8, 2), 12),
        (Framing("none", 5, 1), 7),
        (Framing(flow="rtscts"), 10),
    ],
)
def test_a_byte_has_so_many_bits(framing, bits):
    """A start bit, the data, a parity bit where there is one, and the stop bits."""
    assert bits == framing.bits


flags = st.integers(0, (1 << 31) - 1)


@given(flags, flags)
def test_raw_keeps_the_framing(iflag, cflag):
    """A line made raw has the framing that it was found with, and all else of raw."""
    found = [iflag, termios.OPOST, cflag, termios.ICANON, 0, 0, [b"\0"] * 32]
    framed = as_framed(raw(found), found)

    assert cflag & FRAMED == framed[CFLAG] & FRAMED
    assert iflag & XON_XOFF == framed[IFLAG] & XON_XOFF
    assert raw(found)[CFLAG] & ~FRAMED == framed[CFLAG] & ~FRAMED
    assert raw(found)[IFLAG] & ~XON_XOFF == framed[IFLAG] & ~XON_XOFF
    assert framed[LFLAG] & termios.ICANON == 0
