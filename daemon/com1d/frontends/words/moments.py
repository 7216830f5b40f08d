"""Moments as people say them: `10 min ago`, `yesterday`, or a date and a time."""

import re
from datetime import datetime, timedelta
from typing import Final


_UNITS: Final = {
    "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hour": 3600, "d": 86400, "day": 86400, "w": 604800, "week": 604800,
}  # fmt: skip
_AGO: Final = re.compile(r"([0-9]{1,9}) ?([a-z]+?)s?(?: ago)?")


_CLOCK: Final = re.compile(r"[0-2]?[0-9]:[0-5][0-9](:[0-5][0-9])?")


def _latest(now: datetime, clock: str) -> datetime:
    """Give the last time that the clock showed this: today, or yesterday where today it has not."""
    hour, minute, second = map(int, (clock + ":0").split(":")[:3])
    at = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return at if at <= now else at - timedelta(days=1)


def moment(text: str, now: datetime) -> datetime:
    """Read a moment; `now` has the time zone that is meant where none is said.

    Raises `ValueError`, whose text says what can be said instead.
    """
    words = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("now", "today", "yesterday"):
        return {"now": now, "today": midnight, "yesterday": midnight - timedelta(days=1)}[words]
    ago = _AGO.fullmatch(words)
    try:
        if ago and ago[2] in _UNITS:
            return now - timedelta(seconds=int(ago[1]) * _UNITS[ago[2]])
        if _CLOCK.fullmatch(words):
            return _latest(now, words)
        told = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise ValueError(
            f'{text!r} is no time; say "10 min ago", "13:45", "today", "yesterday", '
            '"2026-01-31 12:00" or 2026-01-31T12:00:00Z'
        ) from None
    return told if told.tzinfo else told.replace(tzinfo=now.tzinfo)
