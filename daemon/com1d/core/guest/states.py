"""The words for what a guest is doing."""

from dataclasses import dataclass
from typing import Final

from com1d.wire import words


State = words.GuestState
"""What the console shows; the protocol and the configuration have the same words."""

ANY: Final = words.ANY
WINDOWS: Final = words.WINDOWS
LINUX: Final = words.LINUX
"""Whose a text is, in the words of the configuration. `LINUX` stands for the other Unixes, too."""

DEAD: Final = frozenset({State.KERNEL_PANIC, State.BUGCHECK})
"""A guest in such a state stays there until it boots."""

WAITS: Final = frozenset({State.PASSPHRASE, State.KEY_WAIT, State.DISK_CHECK})
"""States of a boot that waits for somebody."""

SAC_STATES: Final = frozenset(
    {State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.CMD, State.POWERSHELL}
)
"""SAC is there, at its prompt or behind one of its channels: ESC TAB 0 leads to `SAC>`."""

LINUX_STATES: Final = frozenset({State.LOGIN, State.SHELL, State.EMERGENCY, State.KERNEL_PANIC})
"""Only a Linux guest shows these."""


def may_be_windows(guest: str, state: State) -> bool:
    """Say whether the guest, configured as `guest` and in this state, could be Windows."""
    return guest == WINDOWS or (guest == ANY and state not in LINUX_STATES)


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


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell of a look: a state that was got into, or what the guest survived."""

    offset: int
    """Where in the stream its evidence ends."""
    finding: Finding | None
    notice: str = ""
    """`soft-lockup`, `oops`, …, where there is no finding."""
    evidence: str = ""
