"""Moments as people say them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.words.moments import moment


NOW = datetime(2026, 3, 5, 14, 30, 15, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 min ago", "2026-03-05T14:20:15+02:00"),
        ("10min", "2026-03-05T14:20:15+02:00"),
        ("2 hours ago", "2026-03-05T12:30:15+02:00"),
        ("1 Hour ago", "2026-03-05T13:30:15+02:00"),
        ("90s ago", "2026-03-05T14:28:45+02:00"),
        ("3 days ago", "2026-03-02T14:30:15+02:00"),
        ("1w", "2026-02-26T14:30:15+02:00"),
        ("now", "2026-03-05T14:30:15+02:00"),
        ("today", "2026-03-05T00:00:00+02:00"),
        ("yesterday", "2026-03-04T00:00:00+02:00"),
        ("2026-01-31", "2026-01-31T00:00:00+02:00"),
        ("2026-01-31 12:00", "2026-01-31T12:00:00+02:00"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00:00.25-05:00", "2026-01-31T12:00:00.250000-05:00"),
    ],
)
def test_moments(text: str, expected: str):
    """Before now, by day, or exactly; without a zone, it is the reader's own."""
    assert expected == moment(text, NOW).isoformat()


@pytest.mark.parametrize(
    "text",
    ["", "soon", "10", "10 fortnights ago", "-5 min ago", "2026-13-01", "999999999 weeks ago"],
)
def test_what_is_no_moment(text: str):
    """The error shows what can be said."""
    with pytest.raises(ValueError, match=r'is no time; say "10 min ago"'):
        moment(text, NOW)


@given(st.text(max_size=20))
def test_any_text_is_a_moment_or_not(text: str):
    """Nothing that is typed is an error of another kind."""
    with suppress(ValueError):
        assert moment(text, NOW).tzinfo


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - hypothesis wants them so
def test_rfc_3339_is_understood(when: datetime):
    """What the daemon says can be given back to it."""
    told = when.replace(tzinfo=UTC)

    assert told == moment(told.isoformat().replace("+00:00", "Z"), NOW)
