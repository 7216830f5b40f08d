"""Times as the local clock shows them."""

import time
from datetime import datetime

import pytest

from com1d.frontends.words.clock import local


@pytest.fixture
def berlin(monkeypatch):
    """Be in a time zone that is not UTC's."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("2026-11-28T12:47:35.738Z", "13:47"),
        ("2026-11-28T23:30:00Z", "2026-11-29 00:30"),
        ("2026-11-27T22:30:00Z", "Fri 23:30"),
        ("2026-11-21T12:00:00Z", "2026-11-21 13:00"),
        ("soon", "soon"),
        (None, ""),
    ],
)
def test_a_time_is_as_short_as_it_is_clear(berlin, stamp, said):
    """The day is said where it is not today; what is no time stays as it came."""
    assert said == local(stamp, datetime.fromisoformat("2026-11-28T15:00:00+01:00"))
