"""The guest watch: runs the detector of `core.guest` on a console's ring, and times its looks."""

import asyncio
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from com1d.core.allowance import Allowance
from com1d.core.carried import carried
from com1d.core.guest.detector import QUIET, Detector
from com1d.core.guest.hints import TELNET, hint
from com1d.core.guest.negotiation import negotiates
from com1d.core.guest.portion import LOOK_MAX, portion
from com1d.core.guest.states import Finding, State, Told
from com1d.core.stream.ring import Ring
from com1d.guest.looks import Looks
from com1d.wire.times import rfc3339


LOOK_SECONDS: Final = 0.6
"""Seconds between two looks at a guest that prints, and so the delay of its state. Looks cost some
4 % of passing the output on."""

LAST_LOOKS: Final = 2
"""Looks in one go at output from before a reset: 32 KiB, some 4 ms."""

NEXT_SECONDS: Final = 0.040
"""Seconds between two looks at a backlog: 1 to 2 ms of work each."""

TELLS: Final = 20
TELL_SECONDS: Final = 1.0
"""Changes and notices told at once, and the seconds until each is allowed again, so that no guest
floods the journal. The rest is counted, and a state is told later."""

SPREAD: Final = 0.2
"""A wait is longer by up to this share, at random. Guests that begin to print together, for example
after a power cut, would otherwise be looked at together for ever: sixty looks hold the loop for 4
ms."""


@carried(
    without={
        "_guest": "configured",
        "_looks": "of the process",
        "_loop": "of the process",
        "_ring": "of the console",
        "_tell": "of the console",
        "_timer": "set by `go_on`",
        "_turned": "of the console",
    }
)
class GuestWatch:
    """The state of a console's guest. It hints, and never gates input."""

    __slots__ = (
        "_allowance", "_detector", "_guest", "_looks", "_loop", "_notice", "_ring", "_since",
        "_tell", "_telnet", "_timer", "_told", "_turned",
    )  # fmt: skip

    def __init__(
        self,
        guest: str,
        ring: Ring,
        tell: Callable[[Told, int], None],
        turned: Callable[[], None],
        looks: Looks,
    ) -> None:
        """Look at `ring`, in turns with the others of `looks`.

        `tell` is called with every new state and notice, and the number of those before it that
        were not told; `turned` is called when `awake` changes.
        """
        self._guest = guest
        self._looks = looks
        self._ring = ring
        self._tell = tell
        self._turned = turned
        self._loop = asyncio.get_running_loop()
        self._detector = Detector(guest, self._loop.time(), ring.end)
        self._since = time.time()
        self._timer: asyncio.TimerHandle | None = None
        self._telnet = False
        """Whether the port has turned out to be behind telnet."""
        self._allowance = Allowance(TELLS, TELL_SECONDS)
        self._notice: dict[str, Any] | None = None
        """The last thing that the guest survived."""
        self._told = self._detector.finding.state
        """The state that was told last."""

    @property
    def state(self) -> State:
        """What the guest was doing at the last look."""
        return self._detector.finding.state

    @property
    def skipped(self) -> int:
        """Bytes that were not looked at, because the guest printed faster than that goes."""
        return self._detector.skipped

    @property
    def awake(self) -> bool:
        """Whether a look is due already, so that `wake` need not be called."""
        return self._timer is not None

    def wake(self, _printed: bytes) -> None:
        """Look soon, because the guest has printed something."""
        if self._timer is None:
            self._timer = self._loop.call_later(_apart(QUIET), self._due, self._ring.end)
            self._turned()

    def go_on(self) -> None:
        """Look soon at what another process had not looked at."""
        untold = self.state is not self._told
        if untold or not self._detector.settled or self._detector.cursor < self._ring.end:
            self.wake(b"")

    def reset(self) -> None:
        """Begin anew after a reset. Output from before the reset is still looked at."""
        self._read_on(0.0, LAST_LOOKS)
        self._detector.reset(self._loop.time(), self._ring.end)
        self._tell_all()

    def panicked(self, evidence: str, stop_code: int | None) -> None:
        """Note that the hypervisor reported a panic."""
        self._detector.panicked(self._loop.time(), evidence, stop_code)
        self._tell_all()

    def close(self) -> None:
        """Stop looking, and drop the callbacks."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tell = self._turned = _nobody

    def describe(self) -> dict[str, Any]:
        """Give the state as the interface shows it, and what was survived or not looked at."""
        shown = self.show(self._detector.finding)
        return shown | {"notice": self._notice, "skipped": self._detector.skipped}

    def show(self, finding: Finding) -> dict[str, Any]:
        """Give a state as the interface shows it."""
        since = rfc3339(self._since)
        advice = hint(finding.state, self._guest, finding.stop_code)
        return {
            "state": finding.state.value,
            "since": since,
            "hint": TELNET if self._telnet else advice,
            "evidence": finding.evidence,
        }

    def _due(self, end_before: int) -> None:
        self._looks.take(partial(self._look, end_before))

    def _look(self, end_before: int) -> None:
        """Look; `end_before` tells whether the guest has been silent since the timer was set."""
        if self._timer is None:  # closed, while others had their turn
            return
        ring, detector = self._ring, self._detector
        more = self._read_on(QUIET if ring.end == end_before else 0.0, 1)
        waits = self._tell_all()
        if more:
            self._timer = self._loop.call_later(_apart(NEXT_SECONDS), self._due, ring.end)
        elif waits or not detector.settled:
            wait = TELL_SECONDS if waits else QUIET
            self._timer = self._loop.call_later(_apart(wait), self._glance, ring.end)
        else:
            self._timer = None
            self._turned()

    def _read_on(self, quiet: float, looks: int) -> bool:
        """Take what was printed, in at most so many looks; tell whether there is more."""
        ring, detector = self._ring, self._detector
        for _ in range(looks):
            start = detector.window(ring.start, ring.end)
            data = portion(ring.read(start, LOOK_MAX))
            more = start + len(data) < ring.end
            self._telnet = self._telnet or negotiates(data)
            detector.look(data, start, self._loop.time(), 0.0 if more else quiet)
            if not more:
                return False
        return True

    def _tell_all(self) -> bool:
        """Tell alarms and notices, then the present state; true while one of them has to wait."""
        now, finding = self._loop.time(), self._detector.finding
        for told in self._detector.take():
            if self._allowance.take(now):
                self._tell_one(told)
            if told.finding is not None:
                self._told = told.finding.state
        if finding.state is self._told:
            return False
        if not self._allowance.may(now):
            return True
        self._allowance.take(now)
        self._told = finding.state
        self._tell_one(Told(self._detector.cursor, finding))
        return False

    def _tell_one(self, told: Told) -> None:
        if told.finding is not None:
            self._since = time.time()
        else:
            at = rfc3339(time.time())
            self._notice = {"what": told.notice, "evidence": told.evidence, "at": at}
        self._tell(told, self._allowance.passed_over())

    def _glance(self, end_before: int) -> None:
        """Look again at once if the guest has fallen silent, else at the next time."""
        end = self._ring.end
        if end == end_before:
            self._due(end)
        else:
            wait = _apart(LOOK_SECONDS - QUIET)
            self._timer = self._loop.call_later(wait, self._due, end)


def _nobody(*_: object) -> None:
    """Tell nobody: the watch is closed."""


def _apart(seconds: float) -> float:
    return seconds * (1 + SPREAD * random.random())  # noqa: S311 - no secret
