"""Sizes and times: one grammar for each, in every setting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.config import RefusedValueError, keys
from com1d.config.settings.bounds import IDLE_TIMEOUT, LOG_KEEP
from com1d.config.settings.units import DAY, GIB, HOUR, KIB, MIB, size, spell_size, spell_time, time


scrollback = size(4 * KIB, 64 * MIB)
log = size(64 * KIB, GIB, zero_is_off=True)
idle = time(10, DAY, zero_is_off=True)
keep = time(HOUR, 10 * DAY)
short = time(0.5, 60)

SIZE = 'must be a size from "4KiB" to "64MiB"'
IDLE = 'must be a time from "10s" to "1d", or 0 for off, in ms, s, min, h or d'
KEEP = 'must be a time from "1h" to "10d", in ms, s, min, h or d'


@pytest.mark.parametrize(
    ("parser", "value", "expected"),
    [
        (scrollback, 4096, 4 * KIB),
        (scrollback, "4096", 4 * KIB),
        (scrollback, "64KiB", 64 * KIB),
        (scrollback, "64 KiB", 64 * KIB),
        (scrollback, "4MiB", 4 * MIB),
        (log, "1GiB", GIB),
        (log, 0, 0),
        (log, "0", 0),
        (log, "0KiB", 0),
        (idle, 0, 0),
        (idle, "0", 0),
        (idle, "0d", 0),
        (idle, 10, 10),
        (idle, "10000ms", 10),
        (idle, "10500 ms", 10.5),
        (idle, "90s", 90),
        (idle, "15 min", 900),
        (idle, "24h", DAY),
        (idle, "1d", DAY),
        (keep, "90min", 90 * 60),
        (keep, 7200, 2 * HOUR),
        (short, "500ms", 0.5),
    ],
)
def test_sizes_and_times_are_read(parser, value, expected):
    """A number with or without a unit is bytes or seconds, whole wherever it can be."""
    assert (expected, type(expected)) == (parser(value), type(parser(value)))


@pytest.mark.parametrize(
    ("parser", "value", "expected"),
    [
        *(
            (scrollback, value, SIZE)
            for value in (
                4095, "65MiB", 0, True, "64KB", "64kib", "1.5MiB", "-64KiB", "64KiB\n", "٦٤KiB",
                "9" * 5000 + "KiB", ["64KiB"], "64s",
            )
        ),
        (log, "4KiB", 'must be a size from "64KiB" to "1GiB", or 0 for off'),
        *(
            (idle, value, IDLE)
            for value in (9, "9999ms", "25h", "2d", -1, True, 60.0, "", "15m", "1.5h", "1KiB")
        ),
        (keep, 0, KEEP),
        (keep, "59min", KEEP),
        (short, "499ms", 'must be a time from "500ms" to "1min", in ms, s, min, h or d'),
    ],
)  # fmt: skip
def test_others_are_refused_with_their_bounds(parser, value, expected):
    """The refusal has the bounds and the units, in the same words each time."""
    with pytest.raises(RefusedValueError) as refusal:
        parser(value)

    assert expected == str(refusal.value)


@pytest.mark.parametrize(
    ("key", "bounds"), [("idle_timeout", IDLE_TIMEOUT), ("log_keep", LOG_KEEP)]
)
@given(data=st.data())
def test_every_time_within_its_bounds_is_taken(key, bounds, data):
    """Whatever the unit, a setting takes what its bounds allow: 1d and 90min are such times."""
    parse = (keys.DAEMON | keys.CONSOLE)[key].parse
    seconds = data.draw(st.integers(*bounds))

    assert seconds == parse(seconds) == parse(spell_time(seconds).strip('"'))
    assert seconds == parse(f"{seconds * 1000}ms")


@given(st.integers(0, 1 << 40))
def test_sizes_read_as_they_are_spelt(count):
    """What is spelt reads back as the same number of bytes."""
    assert count == size(0, 1 << 40)(spell_size(count).strip('"'))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0"),
        (1000, "1000"),
        (4096, '"4KiB"'),
        (1536 * KIB, '"1536KiB"'),
        (GIB, '"1GiB"'),
    ],
)
def test_sizes_are_spelt_with_the_largest_unit(count, expected):
    """A size is spelt with the largest unit that leaves a whole number."""
    assert expected == spell_size(count)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0"), (0.5, '"500ms"'), (90, '"90s"'), (900, '"15min"'), (30 * DAY, '"30d"')],
)
def test_times_are_spelt_with_the_largest_unit(seconds, expected):
    """A time is spelt with the largest unit that leaves a whole number."""
    assert expected == spell_time(seconds)
