"""Watches what one guest is doing: the detector of `core.guest`, told when to look at the ring."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from com1d.core.guest.detector import QUIET, Detector
from com1d.core.guest.hints import hint
from com1d.core.guest.states import Finding, State
from com1d.core.stream.ring import Ring


LOOK_SECONDS: Final = 0.6
"""Between two looks at a guest that prints, and so how late it is known what it does. Looking costs
some 4 % of passing on what is printed."""

SPREAD: Final = 0.2
"""A wait is longer by up to this share of it, at random. Guests that begin to print together, after
a power cut say, would else be looked at together for ever: sixty looks hold the loop for 4 ms."""


class GuestWatch:
    """The state of a console's guest. It hints, and never gates input."""

    __slots__ = ("_detector", "_guest", "_loop", "_ring", "_since", "_tell", "_timer", "_turned")

    def __init__(
        self,
        guest: str,
        ring: Ring,
        tell: Callable[[Finding], None],
        turned: Callable[[], None],
    ) -> None:
        """Look at `ring`; `tell` hears of every new state, `turned` when `awake` is another."""
        self._guest = guest
        self._ring = ring
        self._tell = tell
        self._turned = turned
        self._loop = asyncio.get_running_loop()
        self._detector = Detector(guest, self._loop.time(), ring.end)
        self._since = datetime.now(UTC)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def state(self) -> State:
        """What the guest was doing at the last look."""
        return self._detector.finding.state

    @property
    def awake(self) -> bool:
        """Whether a look is due, so that nobody has to `wake` it."""
        return self._timer is not None

    def wake(self, _printed: bytes) -> None:
        """Look soon: the guest has printed something."""
        if self._timer is None:
            self._timer = self._loop.call_later(_apart(QUIET), self._look, self._ring.end)
            self._turned()

    def reset(self) -> None:
        """Begin anew: the machine was reset."""
        self._detector.reset(self._loop.time(), self._ring.end)
        self._changed(self._detector.finding)

    def panicked(self, evidence: str, stop_code: int | None) -> None:
        """Take the hypervisor's word that the guest is dead."""
        self._changed(self._detector.panicked(self._loop.time(), evidence, stop_code))

    def close(self) -> None:
        """Look no more, and call nobody."""
        if self._timer is not None:
            self._timer.cancel()
        self._tell = self._turned = _nobody

    def describe(self) -> dict[str, Any]:
        """Give the state as the interface shows it."""
        finding = self._detector.finding
        since = self._since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "state": finding.state.value,
            "since": since,
            "hint": hint(finding.state, self._guest, finding.stop_code),
            "evidence": finding.evidence,
        }

    def _look(self, end_before: int) -> None:
        """Look; `end_before` tells whether the guest has been silent since the timer was set."""
        ring, detector = self._ring, self._detector
        quiet = QUIET if ring.end == end_before else 0.0
        start = detector.window(ring.start, ring.end)
        before = detector.finding.state
        finding = detector.look(ring.read(start, ring.end - start), start, self._loop.time(), quiet)
        if finding.state is not before:
            self._changed(finding)
        if not detector.settled:
            self._timer = self._loop.call_later(_apart(QUIET), self._glance, ring.end)
        else:
            self._timer = None
            self._turned()

    def _glance(self, end_before: int) -> None:
        """Look again at once if the guest has fallen silent, else when it is time."""
        end = self._ring.end
        if end == end_before:
            self._look(end)
        else:
            wait = _apart(LOOK_SECONDS - QUIET)
            self._timer = self._loop.call_later(wait, self._look, end)

    def _changed(self, finding: Finding) -> None:
        self._since = datetime.now(UTC)
        self._tell(finding)


def _nobody(*_: Finding) -> None:
    """Tell nobody: the watch is closed."""


def _apart(seconds: float) -> float:
    return seconds * (1 + SPREAD * random.random())  # noqa: S311 - nobody has to guess it
