"""The time as the interface has it."""

from datetime import UTC, datetime


def now() -> str:
    """Give the time as RFC 3339 has it, UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
