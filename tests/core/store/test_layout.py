"""Names and sizes of what lies on the disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.store.layout import (
    BLOCK,
    KINDS,
    SEGMENT_HUGE,
    blocks,
    file_name,
    parse_name,
    segment_bytes,
)


@pytest.mark.parametrize(
    ("log_size", "expected"),
    [
        (64 << 10, 16 << 10),
        (1 << 20, 64 << 10),
        (4 << 20, 256 << 10),
        (64 << 20, 1 << 20),
        (1 << 30, 4 << 20),
        (1 << 40, 1 << 30),
    ],
)
def test_a_log_is_cut_into_segments(log_size: int, expected: int):
    """Sixteen of them, larger than files cost, small enough to check quickly, and not too many."""
    assert expected == segment_bytes(log_size)


@given(st.integers(64 << 10, 1 << 40))
def test_a_segment_is_a_small_part_of_its_log(log_size: int):
    """Deleting the oldest one leaves most of the log."""
    assert segment_bytes(log_size) <= max(log_size // 4, log_size // 16)
    assert segment_bytes(log_size) <= SEGMENT_HUGE


@given(st.integers(0, 10**20 - 1), st.sampled_from(KINDS))
def test_names_are_read_back(base: int, kind: str):
    """A file's name says where its segment begins, in an order that a sorted listing shows."""
    assert (base, kind) == parse_name(file_name(base, kind))
    assert file_name(base, kind) < file_name(base + 1, kind) or base == 10**20 - 1


@pytest.mark.parametrize(
    "name",
    ["", "unconfigured", "1.raw", "00000000000000000001.raw~", "00000000000000000001.txt", ".lock"],
)
def test_other_files_are_not_taken_for_segments(name: str):
    """What was moved aside, and what others put there, is left alone."""
    assert parse_name(name) is None


@pytest.mark.parametrize(("size", "expected"), [(0, 0), (1, BLOCK), (BLOCK, BLOCK), (4097, 8192)])
def test_files_take_whole_blocks(size: int, expected: int):
    """Sizes are counted as `du` counts them."""
    assert expected == blocks(size)
