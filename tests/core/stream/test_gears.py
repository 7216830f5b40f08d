"""The gears in which a line is read."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.gears import (
    BRISK_PATIENCE,
    EASED,
    FLOOD_PATIENCE,
    FULL_TICKS,
    MOVES,
    PRESSED,
    QUIET_TICKS,
    REFILLED,
    TICKED,
    TYPING_TICKS,
    Gear,
    Gears,
)
from com1d.core.stream.moderation import readings, tick
from com1d.core.stream.pacing import BITS_PER_BYTE


BULK, CAPACITY = 2048, 279
LINE_RATE = 115_200 / BITS_PER_BYTE

edges = [1, 30, 83, 84, 195, 196, 279, 418, 419, 2047, 2048]
lengths = st.integers(1, 70_000) | st.sampled_from(edges)


def happen(gears: Gears, what: str, length: int) -> Gear:
    """Let one thing happen to a line, if it can in this gear."""
    match what:
        case "key":
            return gears.after_key()
        case "silence" if gears.gear in TICKED:
            return gears.after_silence()
        case "tick" if gears.gear in TICKED:
            return gears.after_tick(length)
        case "read":
            return gears.after_read(length)
        case "close":
            gears.close()
    return gears.gear


events = st.lists(
    st.tuples(st.sampled_from(["key", "silence", "tick", "read", "close"]), lengths), max_size=60
)


@given(events, lengths)
def test_a_tick_that_need_not_be_told_would_change_nothing(history, length: int):
    """That is what lets a reader leave out the call for nearly every tick."""
    gears = Gears(BULK, CAPACITY)
    for what, size in history:
        happen(gears, what, size)
    if gears.gear not in TICKED or length >= gears.ordinary:
        return

    told = copy.copy(gears)
    told.after_tick(length)

    assert [getattr(gears, name) for name in Gears.__slots__] == [
        getattr(told, name) for name in Gears.__slots__
    ]


@given(events)
def test_gears_follow_the_table(history):
    """Whatever happens, each move is one of the table's, and a closed line stays closed."""
    gears = Gears(BULK, CAPACITY)
    for what, size in history:
        before = gears.gear
        after = happen(gears, what, size)
        assert after is gears.gear
        assert after is before or after in MOVES[before]


@given(events, st.integers(1, 30))
def test_a_line_that_falls_silent_becomes_quiet(history, length: int):
    """In the tick gear after so many ticks, and after more of them where somebody has typed."""
    gears = Gears(BULK, CAPACITY)
    for what, size in history:
        happen(gears, what, size)
    if gears.gear is not Gear.TICK:
        return
    gears.after_tick(length)

    silent = 1
    while gears.after_silence() is Gear.TICK:
        silent += 1

    assert QUIET_TICKS <= silent <= TYPING_TICKS


def test_a_key_keeps_a_line_awake_for_its_time():
    """What the guest prints meanwhile does not shorten it; the silence after that is short."""
    gears = Gears(BULK, CAPACITY)
    gears.after_key()
    gears.after_tick(1)
    assert [Gear.TICK] * (TYPING_TICKS - 1) + [Gear.QUIET] == [
        gears.after_silence() for _ in range(TYPING_TICKS)
    ]

    gears.after_read(1)
    assert [Gear.TICK] * (QUIET_TICKS - 1) + [Gear.QUIET] == [
        gears.after_silence() for _ in range(QUIET_TICKS)
    ]


def brisk() -> Gears:
    """Give the gears of a line that has just become brisk."""
    gears = Gears(BULK, CAPACITY)
    gears.after_read(1)
    for _ in range(FULL_TICKS):
        gears.after_tick(CAPACITY)
    assert Gear.BRISK is gears.gear
    return gears


@pytest.mark.parametrize("between", [0, 30, int(CAPACITY * REFILLED) + 1])
def test_pressed_ticks_make_a_line_brisk_in_a_row_only(between: int):
    """Silence, a short read and a block of more than fits each begin the count anew."""
    gears = Gears(BULK, CAPACITY)
    gears.after_read(1)
    for _ in range(FULL_TICKS):
        for _ in range(FULL_TICKS - 1):
            assert Gear.TICK is gears.after_tick(CAPACITY)
        assert Gear.TICK is (gears.after_tick(between) if between else gears.after_silence())

    assert [Gear.TICK] * (FULL_TICKS - 1) + [Gear.BRISK] == [
        gears.after_tick(CAPACITY) for _ in range(FULL_TICKS)
    ]


@given(st.lists(st.integers(0, int(CAPACITY * PRESSED)), max_size=200))
def test_a_guest_that_leaves_room_is_never_read_briskly(lengths: list[int]):
    """Line rate leaves half of it in the longest tick; a brisk line costs several times as much."""
    gears = Gears(BULK, CAPACITY)
    for length in lengths:
        if gears.gear is Gear.QUIET:
            gears.after_read(max(1, length))
        elif length:
            gears.after_tick(length)
        else:
            gears.after_silence()
        assert gears.gear in {Gear.QUIET, Gear.TICK}


@given(st.integers(1, 5_000), st.data())
def test_a_brisk_line_that_slows_down_to_line_rate_is_back_in_the_tick_gear(busy: int, data):
    """However many are brisk; but where they are read once a tick alone, which costs nothing."""
    often = readings(busy, data.draw(st.integers(1, busy)))
    found = round(LINE_RATE * tick(busy) / often)
    gears = brisk()
    after = [gears.after_tick(found) for _ in range(BRISK_PATIENCE)]

    assert Gear.TICK is after[-1] or 1 == often


def test_a_brisk_line_stays_brisk_while_its_guest_prints_now_and_then():
    """As one does that shares its core with others: silence, some bytes, then much at once."""
    gears = brisk()
    for _ in range(3):
        for _ in range(BRISK_PATIENCE - 1):
            assert Gear.BRISK is gears.after_silence()
        assert Gear.BRISK is gears.after_tick(int(CAPACITY * EASED) + 1)
    assert [Gear.BRISK] * (BRISK_PATIENCE - 1) + [Gear.TICK] == [
        gears.after_silence() for _ in range(BRISK_PATIENCE)
    ]


def test_bulk_on_a_brisk_line_is_a_flood():
    """What writes in blocks is polled, whatever gear it found."""
    assert Gear.FLOOD is brisk().after_tick(BULK)


def test_a_flood_is_over_after_so_many_short_reads():
    """In a row: one full read among them, and they are counted anew."""
    gears = Gears(BULK, CAPACITY)
    assert Gear.FLOOD is gears.after_read(BULK)
    for length in (1, BULK):
        for _ in range(FLOOD_PATIENCE - 1):
            assert Gear.FLOOD is gears.after_read(length)
    assert [Gear.FLOOD] * (FLOOD_PATIENCE - 1) + [Gear.TICK] == [
        gears.after_read(1) for _ in range(FLOOD_PATIENCE)
    ]
