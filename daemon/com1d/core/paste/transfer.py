"""A paste on its way to the guest: in small parts, each confirmed by the guest's own echo.

A part goes out when the echo of the one before it is complete. So a slow guest slows the paste down
by itself, and a lag makes the parts smaller. The first character is sent alone, to see how this
guest echoes. Enter is sent only behind a line that is verified whole. The first character that
comes back doubled, missing or wrong stops the paste, before the guest can act on it.

With a `neighbour_wait`, two equal neighbours are never in one part: the second waits until the
first was echoed, which is what keeps conhost from doubling it (`steady` tells why). It does *not*
go out unechoed after that many seconds, for an echo that is late is exactly when the first
character has not been read. The wait itself is for a paste without an echo.

Where the guest echoes nothing, or prints so much else that its echo cannot be found, the rest goes
at the fixed pace of `steady`, and `FellBack` says so. With `verify=False` it starts that way.

A guest that asks for brackets (`bracketed`) gets each line in them, at once, since it shows nothing
before the end marker; Enter stays outside, where it acts. Whether it asks is followed all the
while: a program that a line has started may not. At the fixed pace, all that is left goes in one
pair.
"""

import math
from enum import Enum, auto
from typing import Final

from com1d.core.carried import carried, carried_enum
from com1d.core.paste.bracketed import END, START, Brackets
from com1d.core.paste.delivery import (
    LARGEST_PART,
    Command,
    FellBack,
    Finished,
    Parts,
    Send,
)
from com1d.core.paste.echo import Echo
from com1d.core.paste.steady import NEIGHBOUR_WAIT_MAX, Steady


PROMPT_LAG: Final = 0.1
"""Seconds: an echo faster than this makes the next part larger, a slower one smaller."""

NO_ECHO_WAIT: Final = 2.0
"""Seconds for the echo of the very first character, until the guest is taken not to echo."""

LINE_WAIT: Final = 5.0
"""Seconds for the first echo on a later line, where a command may still be running."""

LAG_LIMIT: Final = 5.0
"""Seconds for the next echo in the middle of a line, where the guest is known to echo."""

SETTLE: Final = 0.5
"""Seconds of silence after text that does not fit, until it is judged. A message of the kernel is
whole by then."""

PAUSE: Final = 0.030
PAUSE_MAX: Final = 0.5
"""Seconds after the first part of a line, in which the guest can finish its repaint of it, and
before Enter and at the end, in which a character too many can still show itself. As long as the
longest lag of an echo so far, within these bounds: earlier it could not have come."""

LINE_QUIET: Final = 0.050
"""Seconds of silence after Enter before the next line, so that the prompt is there first."""

NOISY: Final = 256
"""Characters of other text that make a missing echo the noise's fault, not the guest's."""


BRACKETED_PART: Final = 512
"""Characters of a line between two markers: a guest reads them into one buffer, of 4,095 bytes."""


@carried_enum
class Phase(Enum):
    """What a verified transfer waits for."""

    ECHO = auto()
    PAUSE = auto()
    AFTER_ENTER = auto()
    END = auto()
    OVER = auto()


@carried()
class Transfer:
    """One paste. Call `begin`, then `guest_spoke` and `expire` until it is `over`."""

    __slots__ = (
        "_at_sac", "_brackets", "_due", "_echo", "_first_of_line", "_moved_at", "_neighbour_wait",
        "_part_at", "_parts", "_pause", "_phase", "_run", "_size", "_spoke_at", "_steady",
        "_verified",
    )  # fmt: skip

    def __init__(
        self,
        text: str,
        *,
        verify: bool = True,
        at_sac: bool = False,
        neighbour_wait: float = 0.0,
        brackets: Brackets | None = None,
        run: bool = True,
    ) -> None:
        """Take a cleaned text (`paste.Paste.text`). A `neighbour_wait` of 0 keeps neighbours.

        `brackets` has followed the guest up to now. `run` is for a paste at a fixed pace: whether
        an Enter at its end goes behind the brackets.
        """
        if not text or not 0 <= neighbour_wait <= NEIGHBOUR_WAIT_MAX:
            raise ValueError(f"nothing to send, or neighbour_wait is {neighbour_wait}")
        self._parts = Parts(text, split_neighbours=neighbour_wait > 0)
        self._at_sac = at_sac
        self._neighbour_wait = neighbour_wait
        self._brackets = brackets or Brackets()
        self._run = run
        self._steady = None if verify else self._make_steady(0)
        self._echo = Echo()
        self._phase = Phase.ECHO
        self._verified = 0
        self._size = 1
        self._first_of_line = True
        self._pause = PAUSE
        self._due = math.inf
        self._part_at = self._moved_at = self._spoke_at = -math.inf

    @property
    def over(self) -> bool:
        """Whether nothing more will be sent."""
        return self._steady.over if self._steady else self._phase is Phase.OVER

    @property
    def opened(self) -> bool:
        """Whether an end marker is still to come. A verified paste sends none without the other."""
        return self._steady is not None and self._steady.opened

    def begin(self, now: float) -> list[Command]:
        """Start sending."""
        return self._steady.begin(now) if self._steady else self._send(now)

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        if self._steady:
            return self._steady.deadline()
        return None if self.over else self._due

    def cancel(self) -> int:
        """End the paste and say how many characters were not sent."""
        self._phase = Phase.OVER
        return self._steady.cancel() if self._steady else self._parts.unsent

    def guest_spoke(self, data: bytes, now: float) -> list[Command]:
        """Take what the guest printed."""
        if self._steady:
            return self._steady.guest_spoke(data, now)
        if self.over:
            return []
        self._brackets.feed(data)
        self._spoke_at = now
        self._echo.feed(data)
        verified = self._parts.sent - len(self._echo.pending)
        if verified != self._verified:
            self._verified, self._moved_at = verified, now
        if self._phase is Phase.AFTER_ENTER:
            self._due = min(now + LINE_QUIET, self._part_at + LINE_WAIT)
            return []
        return self._heard(now)

    def expire(self, now: float) -> list[Command]:
        """Do what is due at `now`. Nothing happens before `deadline()`."""
        if self._steady:
            return self._steady.expire(now)
        if self.over or now < self._due:
            return []
        if self._phase is Phase.ECHO:
            return self._judge(now)
        if self._phase is Phase.END:
            self._phase = Phase.OVER
            return [Finished(self._parts.sent, self._verified)]
        return self._send(now)

    def _heard(self, now: float) -> list[Command]:
        """Go on if the echo of the last part is complete; or say how long to wait for the rest."""
        if not self._echo.complete:
            self._phase, self._due = Phase.ECHO, self._patience(now)
            return []
        if self._phase is not Phase.ECHO:
            return []
        lag = now - self._part_at
        self._pause = min(max(self._pause, lag), PAUSE_MAX)
        faster, slower = min(LARGEST_PART, self._size * 2), max(1, self._size // 2)
        self._size = faster if lag < PROMPT_LAG else slower
        return [*self._parts.progress(self._verified), *self._go_on(now)]

    def _patience(self, now: float) -> float:
        """Tell until when to wait for the echo of the last part."""
        since = max(self._part_at, self._moved_at)
        if self._echo.at_line_start:
            return since + (LINE_WAIT if self._verified else NO_ECHO_WAIT)
        if self._echo.misfit:
            return min(since + LAG_LIMIT, now + SETTLE)
        return since + LAG_LIMIT

    def _go_on(self, now: float) -> list[Command]:
        """Send the next part: at once, or after a pause around Enter and at the end."""
        if not self._parts.unsent:
            self._phase, self._due = Phase.END, now + self._pause
        elif self._parts.after_enter:
            self._phase, self._due = Phase.AFTER_ENTER, now + LINE_QUIET
        elif self._parts.at_enter or self._first_of_line:
            self._phase, self._due = Phase.PAUSE, now + self._pause
        else:
            return self._send(now)
        return []

    def _send(self, now: float) -> list[Command]:
        bracketed = self._brackets.on and not self._parts.at_enter
        part = self._parts.peek(BRACKETED_PART if bracketed else self._size)
        self._first_of_line = self._echo.at_line_start
        self._echo.expect(part)
        self._parts.sent += len(part)
        self._part_at = now
        self._phase, self._due = Phase.ECHO, self._patience(now)
        data = part.encode()
        return [Send(START + data + END if bracketed else data)]

    def _judge(self, now: float) -> list[Command]:
        """Decide what it means that the echo did not become complete in time."""
        echo, quiet = self._echo, now - self._spoke_at >= SETTLE
        if echo.presume():
            return self.guest_spoke(b"", now)
        if echo.noise + len(echo.misfit) >= NOISY and not (quiet and echo.misfit):
            return self._fall_back("other output of the guest hides the echo", now)
        if echo.at_line_start and (not echo.misfit or len(echo.misfit) > len(echo.pending) + 1):
            return self._fall_back("the guest does not echo", now)
        self._phase = Phase.OVER
        verdict = echo.verdict()
        at = max(0, self._verified + verdict.at)
        return [self._parts.stop(at, str(verdict), secret=echo.masked)]

    def _fall_back(self, reason: str, now: float) -> list[Command]:
        self._steady = self._make_steady(self._verified)
        return [FellBack(self._verified + 1, reason), *self._steady.begin(now)]

    def _make_steady(self, verified: int) -> Steady:
        return Steady(
            self._parts,
            at_sac=self._at_sac,
            neighbour_wait=self._neighbour_wait,
            verified=verified,
            bracketed=self._brackets.on,
            run=self._run,
        )
