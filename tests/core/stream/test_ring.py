"""The ring against the plainest model there is: all bytes ever appended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.ring import PROOF, Ring, proven


chunks = st.lists(st.binary(max_size=50), max_size=30)


@given(chunks, st.integers(1, 40), st.integers(0, 1000))
def test_holds_the_last_bytes_of_the_stream(parts: list[bytes], capacity: int, base: int):
    """Whatever is appended, the ring reads back the stream's tail, at its absolute offsets."""
    ring, stream = Ring(capacity, base=base), b""
    for part in parts:
        ring.append(part)
        stream += part

        assert base + len(stream) == ring.end
        assert max(base, ring.end - capacity) == ring.start
        assert stream[ring.start - base :] == ring.read(ring.start, capacity)


@given(chunks, st.integers(1, 40), st.data())
def test_peek_gives_what_the_stream_has_there(parts: list[bytes], capacity: int, data):
    """A peek anywhere gives a prefix of the stream from there, empty only at the end."""
    ring, stream = Ring(capacity), b"".join(parts)
    for part in parts:
        ring.append(part)
    offset = data.draw(st.integers(ring.start, ring.end))
    limit = data.draw(st.integers(1, 50))

    seen = bytes(ring.peek(offset, limit))

    assert stream[offset : offset + len(seen)] == seen
    assert len(seen) <= limit
    assert (seen == b"") == (offset == ring.end)


@pytest.mark.parametrize("offset", [5, 16])
def test_peek_outside_is_an_error(offset: int):
    """A reader that fell out of the ring, or runs ahead of it, is told so."""
    ring = Ring(8)
    ring.append(b"fifteen bytes..")

    with pytest.raises(IndexError, match="not in the ring"):
        ring.peek(offset, 1)


def test_silent_ring_costs_no_storage():
    """The storage is made at the first byte and not before."""
    made: list[int] = []

    def allocate(capacity: int) -> tuple[bytearray, list[int]]:
        made.append(capacity)
        return bytearray(capacity), [0, 0, 0]

    ring = Ring(4096, allocate)
    assert made == []
    assert ring.peek(0, 10) == b""

    ring.append(b"x")
    ring.append(b"y")

    assert made == [4096]


@given(
    st.integers(1, 40), st.integers(0, 99), st.lists(st.binary(max_size=60), max_size=9), st.data()
)
def test_what_is_whole_of_a_ring_is_found_after_a_crash(capacity, base, parts, data):
    """Killed while it stored the last piece, it has all before that and nothing that is torn."""
    room = bytearray(capacity), [0, 0, 0]
    ring = Ring(capacity, lambda _: room, base)
    ring.make_room()
    stream = b"".join(parts)
    for part in parts:
        ring.append(part)
    before, piece = ring.end, data.draw(st.binary(min_size=1, max_size=60))
    ring.append(piece)
    room[1][2] = PROOF * before + 1  # the end had not been written

    found = Ring(capacity)
    torn = found.recover(room)

    assert (before, len(piece)) == (found.end, torn)
    assert found.read(found.start, capacity) == stream[found.start - base :]
    assert found.start <= max(base, min(before, before + torn - capacity))


def test_a_head_that_cannot_be_is_refused():
    """Nothing is made of numbers that no ring has written."""
    for head in ([0, 5, 6], [7, 6, 6]):
        with pytest.raises(ValueError, match="ring"):
            Ring(4).recover((bytearray(4), [PROOF * number + 1 for number in head]))
    for head in ([0, 0, 0], [1, 1, 0], [1, 3, 1]):
        with pytest.raises(ValueError, match="damaged"):
            Ring(4).recover((bytearray(4), head))


@given(st.integers(0, 2**56 - 1), st.integers(0, 63))
def test_a_number_with_another_bit_is_never_taken_for_one(number, bit):
    """Nor is one that says that a client's place is unsure."""
    kept, unsure = PROOF * number + 1, 2**64 - 1

    assert number == proven(kept)
    for damaged in (kept ^ 1 << bit, unsure ^ 1 << bit, unsure, 0):
        with pytest.raises(ValueError, match="damaged"):
            proven(damaged)
