"""The service level over a window."""

from com1d.telemetry.service_level import NOTES, Level, ServiceLevel


def test_a_window_begins_at_the_note_before_it():
    """The counters of then are subtracted from those of now."""
    kept = ServiceLevel(0.0)
    for minute in range(1, 11):
        kept.note(Level(60.0 * minute, 100 * minute, 90 * minute, minute, 2 * minute, 0))
    present = Level(610.0, 1100, 890, 10, 20, 3)

    assert {
        "seconds": 130.0, "delivered_bytes": 300, "in_time_ratio": 170 / 300, "stalls": 2,
        "lost_bytes": 4, "unlogged_minutes": 3,
    } == kept.over(120, present)  # fmt: skip
    assert 1100 == kept.over(86400, present)["delivered_bytes"]


def test_nothing_printed_is_no_share():
    """Neither all nor nothing of no bytes was in time."""
    assert ServiceLevel(0.0).over(60, Level(5.0))["in_time_ratio"] is None


def test_a_day_is_remembered():
    """And no more: the notes are bounded."""
    kept = ServiceLevel(0.0)
    for minute in range(2 * NOTES):
        kept.note(Level(60.0 * minute))

    assert NOTES + 1 == len(kept.notes)
