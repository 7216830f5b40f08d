"""The words for what a guest is doing."""

from typing import Final

from com1d.core.carried import carried, carried_enum
from com1d.values import dataclass
from com1d.wire import words


State = words.GuestState
"""What the console shows; the protocol and the configuration have the same words."""
carried_enum(State)

ANY: Final = words.ANY
WINDOWS: Final = words.WINDOWS
LINUX: Final = words.LINUX
"""Kinds of guest, in the configuration's words. `LINUX` includes the other Unixes."""

DEAD: Final = frozenset({State.KERNEL_PANIC, State.BUGCHECK})
"""A guest in such a state stays there until it boots."""

WAITS: Final = frozenset({State.PASSPHRASE, State.KEY_WAIT, State.DISK_CHECK})
"""States of a boot that waits for somebody."""

SAC_STATES: Final = frozenset(
    {State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.CMD, State.POWERSHELL}
)
"""States at SAC's prompt or in one of its channels, where ESC TAB 0 leads to `SAC>`."""

LINUX_STATES: Final = frozenset({State.LOGIN, State.SHELL, State.EMERGENCY, State.KERNEL_PANIC})
"""Only a Linux guest shows these."""


def may_be_windows(guest: str, state: State) -> bool:
    """Say whether the guest, configured as `guest` and in this state, could be Windows."""
    return guest == WINDOWS or (guest == ANY and state not in LINUX_STATES)


def family(guest: str, state: State) -> str:
    """Give the kind of guest: as configured or, where that is `auto`, by its state."""
    return WINDOWS if guest == ANY and state in SAC_STATES else guest


@carried()
@dataclass(frozen=True, slots=True)
class Finding:
    """A guest's state, since when, and the evidence."""

    state: State
    since: float
    """On the clock that the detector is given."""
    evidence: str = ""
    """The text that shows the state: one short printable line without anything that a user
    typed."""
    stop_code: int | None = None
    """Of a `bugcheck`, where it is known."""


@carried()
@dataclass(frozen=True, slots=True)
class Told:
    """A result of a look: a new state, or a notice of something that the guest survived."""

    offset: int
    """Where in the stream its evidence ends."""
    finding: Finding | None
    notice: str = ""
    """`soft-lockup`, `oops`, …, where there is no finding."""
    evidence: str = ""
