"""Sign-ins that failed, by address: beyond a few a minute, no more are looked at."""

from typing import Final


TRIES: Final = 10
WINDOW_SECONDS: Final = 60.0
"""Somebody who mistypes needs three. Tokens cannot be guessed: this keeps noise out of the log."""

ADDRESSES_MAX: Final = 4096
"""Addresses that are remembered; with more, the oldest is forgotten."""


class Tries:
    """Counts failures."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[float, int]] = {}

    def exhausted(self, address: str, now: float) -> bool:
        """Say whether an address has failed too often of late."""
        began, count = self._failed.get(address, (now, 0))
        return count >= TRIES and now - began < WINDOW_SECONDS

    def fail(self, address: str, now: float) -> None:
        """Count a failure."""
        began, count = self._failed.pop(address, (now, 0))
        if now - began >= WINDOW_SECONDS:
            began, count = now, 0
        if len(self._failed) >= ADDRESSES_MAX:
            del self._failed[next(iter(self._failed))]
        self._failed[address] = began, count + 1
