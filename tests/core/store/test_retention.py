"""What goes first when there is no more room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.store.boots import Boot, Stage
from com1d.core.store.retention import (
    FLOOR_BYTES,
    Held,
    Holding,
    Kept,
    head_bytes,
    next_to_shrink,
    victim,
)


LOG = 4 << 20
SEGMENT = LOG // 16


def boot_at(offset: int) -> Boot:
    return Boot(offset, 0.0, "firmware", Stage.FIRMWARE)


def row(count: int) -> list[Held]:
    return [Held(number * SEGMENT, SEGMENT) for number in range(count)]


@pytest.mark.parametrize(
    ("log", "expected"), [(64 << 10, 16 << 10), (LOG, 256 << 10), (1 << 30, 256 << 10)]
)
def test_a_boot_begins_with_as_much_as_its_log_bears(log: int, expected: int):
    """256 KiB of each boot, and of a small log a quarter."""
    assert expected == head_bytes(log)


@pytest.mark.parametrize(
    ("boots", "expected"),
    [
        ([], 0),  # no boot: the oldest
        ([0], 1),  # the beginning of the boot stays, what came after it goes
        ([SEGMENT * 5], 0),  # what came before it goes
        ([0, SEGMENT * 1, SEGMENT * 5], 2),  # all beginnings stay
        ([SEGMENT // 2], 2),  # a beginning across two segments protects both
        ([n * SEGMENT for n in range(15)], 0),  # more than half of the log: the oldest of them goes
        ([SEGMENT * n for n in range(3, 15)], 0),
    ],
)
def test_victims(boots: list[int], expected: int):
    """The oldest segment goes, but for the beginnings of boots, newest first, up to half."""
    assert expected == victim(row(16), [boot_at(offset) for offset in boots], LOG)


def test_the_segment_in_use_is_never_a_victim():
    """With nothing else left, nothing goes."""
    assert victim(row(1), [], LOG) is None
    assert victim([], [], LOG) is None


@given(st.lists(st.integers(0, 20 * SEGMENT), max_size=30), st.integers(2, 20))
def test_something_can_always_go(offsets: list[int], count: int):
    """Whatever boots there were, one of the segments not in use is the victim."""
    chosen = victim(row(count), [boot_at(offset) for offset in sorted(offsets)], LOG)

    assert chosen in range(count - 1)


@given(st.integers(1, 400))
def test_a_panic_loop_does_not_erase_the_boot(segments: int):
    """However much is printed after it, the beginning of a boot stays."""
    kept = Kept()
    boots = [boot_at(0)]
    for number in range(segments):
        if kept.weight + SEGMENT > LOG:
            gone = kept.next_to_go(number * SEGMENT, boots, LOG)
            assert gone is not None
            kept.remove(gone)
        kept.add(Held(number * SEGMENT, SEGMENT))

    assert 0 == kept.oldest.base
    newest = [held.base for held in kept][-14:]
    assert newest == [n * SEGMENT for n in range(segments)][-len(newest) :]


def test_a_new_boot_is_reconsidered():
    """What was to go next is chosen anew when a boot says otherwise."""
    kept = Kept()
    for held in row(3):
        kept.add(held)

    assert 0 == kept.next_to_go(3 * SEGMENT, [], LOG).base
    kept.reconsider()
    assert SEGMENT == kept.next_to_go(3 * SEGMENT, [boot_at(0)], LOG).base


def test_nothing_kept_is_nothing_to_go():
    """An empty log gives up nothing."""
    assert Kept().next_to_go(0, [], LOG) is None
    assert Kept().oldest is None


def test_the_quota_takes_the_oldest_of_all_consoles():
    """Not from the largest, and not from all alike."""
    holdings = [
        Holding("web01", LOG, SEGMENT, next_at=300.0),
        Holding("web02", LOG // 2, SEGMENT, next_at=100.0),
        Holding("web03", LOG, SEGMENT, next_at=200.0),
    ]

    assert "web02" == next_to_shrink(holdings)


def test_the_quota_leaves_each_console_its_floor():
    """A log that is down to its floor gives up nothing, however old it is."""
    holdings = [
        Holding("old", FLOOR_BYTES + SEGMENT - 1, SEGMENT, next_at=1.0),
        Holding("bare", 0, 0, next_at=0.0),
        Holding("new", FLOOR_BYTES + SEGMENT, SEGMENT, next_at=900.0),
    ]

    assert "new" == next_to_shrink(holdings)
    assert next_to_shrink(holdings[:2]) is None
