"""Times as the interface has them."""

from datetime import UTC, datetime


def rfc3339(at: float) -> str:
    """Spell `at`, in seconds since 1970, as RFC 3339 has it: UTC, with milliseconds."""
    stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return stamp.replace("+00:00", "Z")
