"""What is counted of a console over all its lines and sessions: plain data.

Each labelled count has every value that it can have from the start, at 0: Prometheus sees an
increase only where there was a number before.
"""

from dataclasses import dataclass, field
from typing import Final

from com1d.core.carried import carried
from com1d.errors import PROBLEMS
from com1d.wire.words import GuestState


CRASHES: Final = (GuestState.KERNEL_PANIC.value, GuestState.BUGCHECK.value)
"""States that are counted as panics, by which they are told apart."""

DISCARDS: Final = (
    *("preempted", "cancelled", "left", "port-down", "disabled"),
    *("not-running", "busy", "paste-too-long", "bad-request", "no-seat"),
)
"""Why typed bytes were not sent: what ended their session or their wait, or the code with which
they were refused."""

PASTES: Final = ("delivered", "stopped", "refused")

BOOTS: Final = ("start", "reset", "firmware", "kernel", "sac", "other")
"""Causes of boots: what the hypervisor told, or the first sign in the output."""

REFUSALS: Final = tuple(sorted(PROBLEMS))
"""Codes of problems: why an attach or a verb was refused."""

ENTRANCES: Final = ("raw", "websocket")

HOOKS: Final = ("ok", "failed", "timeout", "stopped", "not-started")


def none_of(values: tuple[str, ...]) -> dict[str, int]:
    """Begin a labelled count."""
    return dict.fromkeys(values, 0)


def count(of: dict[str, int], label: str, more: int = 1) -> None:
    """Add to a labelled count that has what was counted alone, and no zeros."""
    of[label] = of.get(label, 0) + more


@carried()
@dataclass(slots=True)
class Counts:
    """The counts of one console since it began. By label there is only what has happened."""

    held_keys: int = 0
    discarded: dict[str, int] = field(default_factory=dict)
    panics: dict[str, int] = field(default_factory=dict)
    boots: dict[str, int] = field(default_factory=dict)
    boots_seen: int = 0
    """The number of the last boot that is counted."""
    gaps_seen: int = 0
    """Gaps of the log that are counted in minutes."""

    def discard(self, number: int, reason: str) -> None:
        """Count typed bytes that were not sent."""
        count(self.discarded, reason, number)
