"""The words for what a guest is doing."""

from dataclasses import dataclass
from typing import Final

from com1d.wire import words


State = words.GuestState
"""What the console shows; the protocol and the configuration have the same words."""

ANY: Final = words.ANY
WINDOWS: Final = words.WINDOWS
LINUX: Final = words.LINUX
"""Whose a text is, in the words of the configuration."""

DEAD: Final = frozenset({State.KERNEL_PANIC, State.BUGCHECK})
"""A guest in such a state stays there until it boots."""

SAC_STATES: Final = frozenset(
    {State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.CMD, State.POWERSHELL}
)
"""SAC is there, at its prompt or behind one of its channels: ESC TAB 0 leads to `SAC>`."""


def family(guest: str, state: State) -> str:
    """Say whose guest it is: as configured or, where that is `auto`, as far as its state tells."""
    return WINDOWS if guest == ANY and state in SAC_STATES else guest


@dataclass(frozen=True, slots=True)
class Finding:
    """What the guest is doing, since when, and how one knows."""

    state: State
    since: float
    """On the clock that the detector is given."""
    evidence: str = ""
    """The text that says so: printable, one short line, and nothing of what a user typed."""
    stop_code: int | None = None
    """Of a `bugcheck`, where it is known."""
