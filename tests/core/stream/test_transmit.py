"""The queue of bytes on their way to the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.transmit import HARD_BYTES, RESUME_BYTES, SOFT_BYTES, TransmitQueue


@given(st.lists(st.binary(min_size=1, max_size=100)), st.lists(st.integers(1, 64), min_size=1))
def test_bytes_leave_in_order(parts: list[bytes], bites: list[int]):
    """However the line bites, it gets what was put in, in order."""
    queue, taken = TransmitQueue(), b""
    for part in parts:
        queue.put(1, part)
    while queue.size:
        for bite in bites:
            piece = queue.peek(bite)
            queue.advance(len(piece))
            taken += piece

    assert b"".join(parts) == taken


def test_no_more_than_fits():
    """What does not fit is refused whole and leaves the queue as it was."""
    queue = TransmitQueue()
    queue.put(1, b"x" * (HARD_BYTES - 1))

    with pytest.raises(ValueError, match="2 bytes do not fit into 1"):
        queue.put(1, b"yy")

    assert 1 == queue.room


def test_one_owner_at_a_time():
    """Another session's bytes get in only after the first one's left or were discarded."""
    queue = TransmitQueue()
    queue.put(1, b"abc")

    with pytest.raises(ValueError, match="session 1"):
        queue.put(2, b"x")

    assert 3 == queue.discard()
    queue.put(2, b"x")
    assert 2 == queue.owner


def test_full_from_the_soft_mark_until_it_has_fallen_to_half():
    """Only a queue that was full tells that it has room again, and once."""
    queue = TransmitQueue()
    queue.put(1, b"x" * (SOFT_BYTES - 1))
    assert not queue.full
    assert not queue.advance(SOFT_BYTES - 2)

    queue.put(1, b"x" * (SOFT_BYTES - 1))
    assert queue.full
    assert not queue.advance(SOFT_BYTES - RESUME_BYTES - 1)
    assert queue.full
    assert queue.advance(1)
    assert not queue.full
    assert not queue.advance(1)
