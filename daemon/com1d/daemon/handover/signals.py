"""Signals that come while a process hands over: whoever serves then has to have them."""

import contextlib
import signal
from collections.abc import Iterator
from typing import Final


MEANT_FOR_WHO_SERVES: Final = (signal.SIGTERM, signal.SIGHUP)
"""What a service manager sends to the main process: end, and read the configuration again."""


@contextlib.contextmanager
def noting() -> Iterator[list[int]]:
    """Give the list in which such signals are noted meanwhile. To be called in the main thread.

    The loop learns of them as well, by its own descriptor, if it ever goes on.
    """
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda which, _frame: came.append(which))
        for number in MEANT_FOR_WHO_SERVES
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
