"""Times of the daemon, which are in UTC, as a person's clock shows them."""

from datetime import datetime
from typing import Any, Final


SHOWN_DAYS: Final = 6
"""Days that a weekday's name is clear for."""


def local(stamp: Any, now: datetime | None = None) -> str:
    """Spell a time of the daemon as the local clock does: `13:47`, `Fri 13:47`, or with the date.

    What is no time is given as it is.
    """
    try:
        at = datetime.fromisoformat(str(stamp)).astimezone()
    except (ValueError, OverflowError):
        return str(stamp or "")
    today = (now or datetime.now().astimezone()).date()
    days = (today - at.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    return f"{at:%a %H:%M}" if 0 < days <= SHOWN_DAYS else f"{at:%Y-%m-%d %H:%M}"
