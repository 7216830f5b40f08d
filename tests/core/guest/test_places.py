"""From a place in the text to the byte of the stream."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.guest.places import PIECE, Places
from com1d.core.guest.text import PlainText


@given(st.lists(st.sampled_from([b"a", b"\x1b[1m", "é".encode(), b"\r\n", b"\0"]), min_size=1))
def test_a_place_is_where_its_character_ends(parts):
    """The bytes before the offset give the text up to the place, and one byte less does not."""
    data = b"".join(parts)
    places, plain = Places(), PlainText()
    text = places.read(plain, data, 1000, 50)
    for length in range(1, len(text) + 1):
        end = places.offset(50 + length) - 1000
        assert len(PlainText().read(data[:end])) >= length > len(PlainText().read(data[: end - 1]))


def test_a_look_of_several_pieces_is_one_text():
    """A sequence that is cut between two pieces is found where it ends."""
    data = b"x" * (PIECE - 2) + b"\x1b[1m" + b"y" * PIECE
    places = Places()

    assert "x" * (PIECE - 2) + "y" * PIECE == places.read(PlainText(), data, 0, 0)
    assert [PIECE - 2, PIECE + 3] == [places.offset(PIECE - 2), places.offset(PIECE - 1)]
