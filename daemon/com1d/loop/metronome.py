"""The metronome: a timer of the kernel, timerfd_create(2), that drives the ticker.

It beats hundreds of times a second. A timer of the event loop costs a third more per beat, counts
in whole milliseconds, and adds up the delays of all beats before. Python has timerfds of its own
from 3.13 on.
"""

import asyncio
import ctypes
import os
from collections.abc import Callable
from typing import Final


_CLOCK_MONOTONIC: Final = 1
_EXPIRATIONS: Final = 8
"""Bytes of a read: the number of expirations since the last read."""
_NANOSECONDS: Final = 1_000_000_000


class _Span(ctypes.Structure):
    """A timespec."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Times(ctypes.Structure):
    """An itimerspec."""

    _fields_ = (("every", _Span), ("first", _Span))


_libc: Final = ctypes.CDLL(None, use_errno=True)


class Metronome:
    """Calls a function at even intervals while it runs. Missed beats are not made up for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, beat: Callable[[], None]) -> None:
        """Begin stopped. Raises `OSError` where the kernel gives no timer."""
        self._loop = loop
        self._beat = beat
        self._fd = _checked(_libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
        loop.add_reader(self._fd, self._expired)

    def set(self, interval: float) -> None:
        """Beat every `interval` seconds from now on; 0 stops."""
        seconds, nanoseconds = divmod(round(interval * _NANOSECONDS), _NANOSECONDS)
        span = _Span(seconds, nanoseconds)
        _checked(_libc.timerfd_settime(self._fd, 0, ctypes.byref(_Times(span, span)), None))

    def close(self) -> None:
        """Stop for good."""
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _expired(self) -> None:
        try:
            os.read(self._fd, _EXPIRATIONS)
        except BlockingIOError:  # it was set anew after it had expired
            return
        self._beat()


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
