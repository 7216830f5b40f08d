"""Times as the interface spells them."""

from com1d.wire.times import rfc3339


def test_a_time_is_utc_with_milliseconds():
    """Three digits, cut and not rounded up into another second, and a Z."""
    assert "1970-01-01T00:00:00.000Z" == rfc3339(0)
    assert "2026-01-31T12:00:59.999Z" == rfc3339(1769860859.9999)
