"""Wall-clock time as the interface writes it."""

import time

from com1d.wire.times import rfc3339


def now() -> str:
    """Give the time as RFC 3339 has it, UTC, with milliseconds."""
    return rfc3339(time.time())
