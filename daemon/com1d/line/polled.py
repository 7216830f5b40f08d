"""A line's descriptors in the poller: for what the guest prints, and for room to write.

A FIFO pair has one for each. A pty, a socket and a tty have one for both, which is polled for what
either direction waits for.
"""

from collections.abc import Callable
from typing import Final, Protocol

from com1d.loop.poller import IN, ONCE, OUT, Poller


HANG_UP_ONLY: Final = ONCE
"""Asks for nothing, but reports a hang-up: once, instead of for ever."""


def _nobody() -> None:
    """Ignore readiness of a closed descriptor."""


class Room(Protocol):
    """Where a writer waits for a line that takes nothing."""

    on_room: Callable[[], None]

    def close(self) -> None:
        """Stop polling. Safe to call twice."""

    def await_room(self, *, wanted: bool) -> None:
        """Call `on_room` while the line takes bytes, or no longer."""


class ReadEnd:
    """A descriptor that is read and, unless the line has another for that, written."""

    __slots__ = (
        "_closed", "_fd", "_mask", "_poller", "_room_wanted", "_wish", "on_input", "on_room",
    )  # fmt: skip

    def __init__(self, fd: int, poller: Poller) -> None:
        """Wait for the first byte; set `on_input`, and `on_room` for writing, before it comes."""
        self.on_input: Callable[[], None] = _nobody
        self.on_room: Callable[[], None] = _nobody
        self._fd = fd
        self._poller = poller
        self._wish = self._mask = IN | ONCE
        """The input events awaited, and the events that the kernel was asked for."""
        self._room_wanted = False
        self._closed = False
        poller.add(fd, self._mask, self._on_ready)

    def close(self) -> None:
        """Stop polling. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._poller.remove(self._fd)
            self.on_input = self.on_room = _nobody

    def passed_on(self, count: int) -> None:
        """Note that bytes which `on_input` has read are with everybody now."""
        self._poller.passed_on(count)

    def await_input(self, events: int) -> None:
        """Wait for input: `IN | ONCE` the next time, `IN` every time, 0 not at all."""
        if events != self._wish:
            self._wish = events
            self._apply()

    def await_room(self, *, wanted: bool) -> None:
        """Call `on_room` while the line takes bytes, or no longer."""
        self._room_wanted = wanted
        self._apply()

    def _apply(self) -> None:
        # While room is awaited, a one-shot event would disarm both directions at the first of them.
        events = (self._wish & ~ONCE) | OUT if self._room_wanted else self._wish
        if events != self._mask and not self._closed:
            self._mask = events
            # Polled for every byte: that is a flood.
            self._poller.modify(self._fd, events or HANG_UP_ONLY, floods=self._wish == IN)

    def _on_ready(self, events: int) -> None:
        if self._mask & ONCE:
            self._mask = 0  # the kernel has disarmed it
        if events & OUT:
            self.on_room()
        if events & ~OUT:
            if self._wish & ONCE:
                self.await_input(0)
            self.on_input()


class WriteEnd:
    """A descriptor that is only written: polled while room is awaited, and not otherwise."""

    __slots__ = ("_fd", "_polled", "_poller", "on_room")

    def __init__(self, fd: int, poller: Poller) -> None:
        self.on_room: Callable[[], None] = _nobody
        self._fd = fd
        self._poller = poller
        self._polled = False

    def close(self) -> None:
        """Stop polling. Safe to call twice."""
        self.await_room(wanted=False)
        self.on_room = _nobody

    def await_room(self, *, wanted: bool) -> None:
        """Call `on_room` while the line takes bytes, or no longer."""
        if wanted == self._polled:
            return
        self._polled = wanted
        if wanted:
            self._poller.add(self._fd, OUT, self._on_ready)
        else:
            self._poller.remove(self._fd)

    def _on_ready(self, _events: int) -> None:
        self.on_room()
