"""One life of a guest, from boot to boot: the evidence of what it does, weighed.

Of the states that are no alarm, the latest counts. A panic or a bugcheck stays until the guest
boots; but a guest that shows a prompt again was only showing a text about one.
"""

import re
from dataclasses import replace
from typing import Final

from com1d.core.carried import carried
from com1d.core.guest.evidence import evidence_line
from com1d.core.guest.landmarks.landmark import Landmark
from com1d.core.guest.prompts import Prompt
from com1d.core.guest.states import DEAD, WAITS, State
from com1d.values import dataclass


_EARLY: Final = WAITS | DEAD | {
    State.BLANK, State.UNKNOWN, State.FIRMWARE, State.BOOT_MENU, State.BOOTING,
}  # fmt: skip
"""States in which lines that go on beside a prompt tell that the guest boots."""


@carried()
@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that the guest printed, and what it tells."""

    at: int
    """Where it ends, in characters since the first."""
    state: State = State.UNKNOWN
    text: str = ""
    stop_code: int | None = None

    @classmethod
    def of(cls, state: State, match: re.Match[str], at: int) -> "Evidence":
        """Take what a pattern has matched, which ends at `at`."""
        groups = match.groupdict()
        code = groups.get("code")
        text = evidence_line(groups.get("shown") or match[0])
        return cls(at, state, text, int(code, 16) if code else None)


NONE: Final = Evidence(-1)


@carried()
class Life:
    """What is known so far. Places are in characters since the first."""

    __slots__ = ("_boot", "_landmark", "_stamp", "cleared", "dead", "printed", "prompt", "sac")

    def __init__(self) -> None:
        self.dead = NONE
        """The latest panic or bugcheck."""
        self.prompt = NONE
        """What the guest waited at last."""
        self.printed = False
        """Whether anything can be seen on the console."""
        self.sac = -1
        """Where SAC showed its prompt last."""
        self.cleared = -1
        """Where the screen was cleared last."""
        self._landmark = NONE
        self._boot = -1
        self._stamp = 0.0
        """The kernel's time at the latest death."""

    @property
    def is_dead(self) -> bool:
        """Whether it has died, and neither booted nor shown a prompt since."""
        return self.dead.at > max(self._boot, self.prompt.at)

    @property
    def is_early(self) -> bool:
        """Whether it may still be on its way up."""
        return self.resolve().state in _EARLY

    def resolve(self) -> Evidence:
        """Give the evidence that counts."""
        if self.is_dead:
            return self.dead
        latest = max(self.prompt, self._landmark, key=lambda evidence: evidence.at)
        if latest.state is State.BOOT_MENU and self.cleared > latest.at:
            return Evidence(latest.at, State.BOOTING, "the boot menu left the screen")
        if latest is not NONE:
            return latest
        return NONE if self.printed else Evidence(0, State.BLANK)

    def boot(self, at: int) -> None:
        """Begin anew: nothing before `at` counts."""
        self._boot = max(self._boot, at)

    def pass_landmark(self, evidence: Evidence, *, weak: bool = False) -> bool:
        """Take a landmark; tell whether it counts."""
        if evidence.at <= self._landmark.at:
            return True
        if evidence.state is State.HEALTH_ONLY and self.sac > self._boot:
            return True
        if weak and self._landmark.state is State.EMERGENCY:
            return False
        last = self._landmark
        is_the_same = last.at >= self._boot and last.at > self.cleared
        if is_the_same and State.BOOT_MENU is evidence.state is last.state:
            # A menu keeps the title that it begins with: its other lines say less.
            evidence = replace(last, at=evidence.at)
        self._landmark = evidence
        return True

    def die(self, rule: Landmark, evidence: Evidence, stamp: float | None) -> bool:
        """Take a panic or a bugcheck; tell whether it is another than the one that is known."""
        again = stamp is not None and stamp < self._stamp and not rule.ends
        alarm = not self.is_dead or again
        if stamp is not None:
            self._stamp = stamp
        if evidence.at > self.dead.at and (alarm or not rule.ends):
            self.dead = evidence
        return alarm

    def explains(self, rule: Prompt) -> bool:
        """Tell whether what looks like a prompt belongs to the state that the guest is in."""
        state = self.resolve().state
        if state is State.EMERGENCY:  # the maintenance shell, or the way there
            return rule.state in {State.EMERGENCY, State.SHELL, State.KEY_WAIT, State.DISK_CHECK}
        if state in DEAD:  # the panic's own
            return rule.state in {State.KERNEL_DEBUGGER, State.KEY_WAIT}
        if state is State.FIRMWARE:  # the firmware's offer, which passes by itself
            return rule.state is State.KEY_WAIT and rule.ended
        return state is State.BOOT_MENU and rule.state is State.KEY_WAIT
